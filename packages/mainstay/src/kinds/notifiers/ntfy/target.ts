export interface NtfyTarget {
  url: string;
  token?: string | undefined;
}

export const SECRETS = ['url', 'token'] as const;
