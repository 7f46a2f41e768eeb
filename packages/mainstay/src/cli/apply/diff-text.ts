import type { Effect, FieldDiff, PlanDiff, ServiceDiff } from '../../config/diff/index.ts';
import type { Context } from '../framework/index.ts';
import { humanDuration, oneLine, padEnd, textWidth, truncate } from '../text/index.ts';
import type { Colour, Style } from '../text/index.ts';

const COLOURS: Record<Effect, Colour> = { live: 'green', signal: 'cyan', restart: 'yellow' };
const EFFECTS: Record<Effect, string> = {
  live: 'changes while it runs',
  signal: 'is told by a signal',
  restart: 'restarts',
};

/** What an apply would do, service by service and field by field; in at most `columns` where it can be cut. */
export function diffText(diff: PlanDiff, { io, style }: Pick<Context, 'io' | 'style'>): string {
  const changed = diff.services.filter(({ change }) => change !== 'unchanged');
  if (changed.length === 0 && diff.top.length === 0) return 'nothing would change\n';
  const lines = changed.flatMap((service) => serviceLines(service, io.columns(), style));
  if (diff.top.length > 0) lines.push(style('bold', 'the whole'), ...fieldLines(diff.top, io.columns(), style));
  const same = diff.services.length - changed.length;
  if (same > 0) lines.push(style('grey', `${same} service${same === 1 ? '' : 's'} unchanged`));
  return `${lines.join('\n')}\n`;
}

function serviceLines(service: ServiceDiff, columns: number, style: Style): string[] {
  const name = style('bold', service.name);
  if (service.change === 'added') return [`${name} ${style('green', 'is new and starts')}`];
  if (service.change === 'removed') return [`${name} ${style('red', 'is gone from the file and stops')}`];
  const effect = service.effect ?? 'live';
  return [`${name} ${style(COLOURS[effect], EFFECTS[effect])}`, ...fieldLines(service.fields, columns, style)];
}

function fieldLines(fields: readonly FieldDiff[], columns: number, style: Style): string[] {
  const rows = fields.map(({ path, before, after, effect }) => ({
    key: writtenKey(path),
    from: shown(path, before),
    to: shown(path, after),
    effect,
  }));
  const left = Math.max(...rows.map(({ key }) => textWidth(key)));
  return rows.map(({ key, from, to, effect }) => {
    const room = columns - left - 8 - effect.length;
    const half = Math.max(8, Math.floor((room - 4) / 2));
    const values = `${truncate(from, half)} -> ${truncate(to, half)}`;
    return `    ${padEnd(key, left)}  ${padEnd(values, room)}  ${style(COLOURS[effect], effect)}`;
  });
}

/** The key as it is written in the file: `restartPolicy.maxDelay` is `restart_policy.max_delay`. */
function writtenKey(path: string): string {
  return path
    .split('.')
    .map((step) =>
      /^[a-z]+([A-Z][a-z]+)+$/.test(step) ? step.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) : step,
    )
    .join('.');
}

/** Fields of a plan that are milliseconds. */
const DURATIONS =
  /(^|\.)(stopGracePeriod|watchdog|delay|maxDelay|window|resetAfter|cooldown|interval|timeout|startPeriod|startInterval|maxAge|duration)$/;

function shown(path: string, value: unknown): string {
  if (value === undefined || value === null) return '(none)';
  if (typeof value === 'number' && DURATIONS.test(path)) return humanDuration(value);
  return oneLine(typeof value === 'string' ? value : JSON.stringify(value));
}
