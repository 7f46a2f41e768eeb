export interface DiscordTarget {
  url: string;
}

export const SECRETS = ['url'] as const;
