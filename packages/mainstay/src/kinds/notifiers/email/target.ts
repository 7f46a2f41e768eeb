export interface EmailTarget {
  to: string[];
  smtp: string;
  from?: string | undefined;
  reply_to?: string | undefined;
  tls?: 'required' | 'if-offered' | 'none' | undefined;
  ca?: string | undefined;
}

export const SECRETS = ['smtp'] as const;
