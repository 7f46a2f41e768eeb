export interface FileTarget {
  path: string;
  exists?: 'required' | 'optional' | 'forbidden' | undefined;
  owner?: string | undefined;
  group?: string | undefined;
  mode?: string | undefined;
  lock: boolean | string;
}
