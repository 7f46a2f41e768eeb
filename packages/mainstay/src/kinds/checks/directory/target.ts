export interface DirectoryTarget {
  path: string;
  match?: string | undefined;
  recursive: boolean;
  look_at: number;
}
