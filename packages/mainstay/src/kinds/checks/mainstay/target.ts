export interface MainstayTarget {
  url: string;
  ca_file?: string | undefined;
}
