export interface MemoryTarget {
  over: '10s' | '1m' | '5m';
}
