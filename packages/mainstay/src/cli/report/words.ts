import type { Standing } from '@mainstay/protocol';
import type { Spread } from '../../core/uptime/figures/index.ts';
import { humanDuration } from '../text/index.ts';

/** A share as percent: never rounded up to all, nor down to nothing. `-` when there is none. */
export function percent(share: number | null): string {
  if (share === null) return '-';
  const shown = Math.floor(share * 100_000) / 1000;
  if (share > 0 && shown === 0) return '< 0.001 %';
  return `${shown.toFixed(share === 1 || share === 0 ? 0 : 3)} %`;
}

/** ms as people say it; `-` when there is none. */
export function span(ms: number | null): string {
  return ms === null ? '-' : humanDuration(ms).replace(/^0ms$/, '0s');
}

/** µs as people say a latency; `-` when there is none. */
export function latency(us: number | null): string {
  if (us === null) return '-';
  if (us < 1_000) return `${Math.round(us)}µs`;
  if (us < 1_000_000) return `${shortened(us / 1_000)}ms`;
  return `${shortened(us / 1_000_000)}s`;
}

/** Three digits say more than a clock can hold. */
const shortened = (value: number): string => (value < 100 ? String(Number(value.toPrecision(2))) : value.toFixed(0));

/** `3 times: mean 20s, median 18s, p95 31s` */
export function spread(times: Spread | null): string {
  if (times === null) return 'none';
  const { count, mean, median, p95 } = times;
  return `${count === 1 ? 'once' : `${count} times`}: mean ${span(mean)}, median ${span(median)}, p95 ${span(p95)}`;
}

/** What a person calls a state. */
export const STATE_WORDS: Record<Standing, string> = {
  up: 'up',
  degraded: 'degraded',
  down: 'down',
  unknown: 'not observed',
  maintenance: 'planned',
};
