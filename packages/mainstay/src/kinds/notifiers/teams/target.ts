export interface TeamsTarget {
  url: string;
}

export const SECRETS = ['url'] as const;
