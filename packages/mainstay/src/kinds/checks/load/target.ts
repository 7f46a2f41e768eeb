export interface LoadTarget {
  over: '1m' | '5m' | '15m';
}
