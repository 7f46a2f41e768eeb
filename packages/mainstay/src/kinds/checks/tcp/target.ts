export interface TcpTarget {
  address: string;
  send?: string | undefined;
  expect?: string | undefined;
}
