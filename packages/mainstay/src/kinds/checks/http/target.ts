export interface HttpTarget {
  url: string;
  method: string;
  headers: Record<string, string>;
  body?: string | undefined;
  expect: HttpExpect;
  redirects: number;
}

export interface HttpExpect {
  /** Codes, or classes such as `2xx`; one of them. */
  status: (number | string)[];
  json?: unknown;
  text?: string | undefined;
  headers: Record<string, string>;
}
