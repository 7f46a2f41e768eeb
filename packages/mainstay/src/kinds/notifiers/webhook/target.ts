export interface WebhookTarget {
  url: string;
  /** Empty: messages are not signed. */
  secret: string[];
  headers: Record<string, string>;
}

export const SECRETS = ['url', 'secret', 'headers'] as const;
