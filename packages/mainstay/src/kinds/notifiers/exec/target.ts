export interface ExecTarget {
  command: string[];
}

export const SECRETS = [] as const;
