import type { CheckRun } from '@mainstay/protocol';
import type { Unit } from '../../core/plan/index.ts';

/** The units of what a kind measures, by name. */
export type Units = (kind: string) => ReadonlyMap<string, Unit>;

const SYMBOLS: Record<Unit, string> = { percent: '%', bytes: 'B', seconds: 's', count: '' };

/**
 * The numbers of a run as performance data of monitoring plugins: `'label'=value[unit];[warn];[crit]`.
 * https://www.monitoring-plugins.org/doc/guidelines.html
 *
 * @param prefix in front of each label, where several checks stand in one answer
 */
export function perfdata(run: CheckRun, units: Units, prefix = ''): string {
  const numbers = { latency: run.latency_ms / 1000, ...run.data };
  const known = units(run.kind);
  const parts = Object.entries(numbers).flatMap(([name, value]) => {
    if (typeof value !== 'number' || !Number.isFinite(value)) return [];
    const unit = name === 'latency' ? 'seconds' : known.get(name);
    const symbol = unit === undefined ? '' : SYMBOLS[unit];
    const limits = [range(run, name, 'warn'), range(run, name, 'fail')].join(';').replace(/;$/, '');
    return `${label(prefix + name)}=${plain(value)}${symbol}${limits === '' ? '' : `;${limits}`}`;
  });
  return parts.join(' ');
}

/** The range in which a value is good: `80` is 0 to 80, `10:` is 10 and more. */
function range({ thresholds }: CheckRun, measure: string, level: 'warn' | 'fail'): string {
  const limit = (side: 'above' | 'below'): number | undefined =>
    thresholds.find((one) => one.measure === measure && one.level === level && one.side === side)?.limit;
  const [above, below] = [limit('above'), limit('below')];
  return `${below === undefined ? '' : `${plain(below)}:`}${above === undefined ? '' : plain(above)}`;
}

/** Without an exponent, to a millionth. */
function plain(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(6).replace(/\.?0+$/, '');
}

function label(text: string): string {
  return /^[\w.]+$/.test(text) ? text : `'${text.replaceAll("'", "''")}'`;
}
