export interface Row {
  measure: string;
  value: string;
  goal: string;
  reached: boolean;
}
