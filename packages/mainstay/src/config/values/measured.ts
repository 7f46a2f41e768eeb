import type { Unit } from '../../core/plan/index.ts';
import {
  formatDuration,
  formatSize,
  type Parsed,
  parseDuration,
  parseSize,
  quoted,
  refuse,
} from '../../core/quantity/index.ts';

const HINTS: Record<Unit, string> = {
  percent: 'write for example 80%',
  bytes: 'write a size, for example 500MB',
  seconds: 'write a duration, for example 2s or 1h30m',
  count: 'write a number, for example 100',
};

/** A limit for something measured in `unit`: `80%`, `500MB`, `2s`, `100`. */
export function parseMeasured(raw: unknown, unit: Unit): Parsed<number> {
  switch (unit) {
    case 'bytes':
      return parseSize(raw);
    case 'seconds': {
      const parsed = parseDuration(raw);
      return 'value' in parsed ? { value: parsed.value / 1000 } : parsed;
    }
    case 'percent':
    case 'count': {
      const pattern = unit === 'percent' ? /^(\d+(?:\.\d+)?)\s*%$/ : /^(-?\d+(?:\.\d+)?)$/;
      const digits = raw === 0 ? '0' : pattern.exec(String(raw).trim())?.[1];
      if (digits !== undefined) return { value: Number(digits) };
      return refuse(`${quoted(raw)} is not a ${unit === 'percent' ? 'percentage' : 'number'}`, HINTS[unit]);
    }
  }
}

/** The units that a value may be meant in, the likeliest first: `5m` is a time, and a size where no time is measured. */
export function unitsOf(raw: unknown): Unit[] {
  return (['percent', 'count', 'seconds', 'bytes'] as const).filter((unit) => 'value' in parseMeasured(raw, unit));
}

/** The shortest exact way to write a limit. */
export function formatMeasured(value: number, unit: Unit): string {
  switch (unit) {
    case 'percent':
      return `${value}%`;
    case 'bytes':
      return formatSize(value);
    case 'seconds':
      return formatDuration(value * 1000);
    case 'count':
      return String(value);
  }
}
