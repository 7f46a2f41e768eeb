export interface TelegramTarget {
  token: string;
  chat: string;
  api: string;
}

export const SECRETS = ['token'] as const;
