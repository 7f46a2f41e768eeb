export interface PagerdutyTarget {
  routing_key: string;
  url: string;
}

export const SECRETS = ['routing_key'] as const;
