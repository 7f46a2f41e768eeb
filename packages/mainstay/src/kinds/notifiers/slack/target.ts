export interface SlackTarget {
  url: string;
}

export const SECRETS = ['url'] as const;
