export interface ExecTarget {
  command: string[];
}
