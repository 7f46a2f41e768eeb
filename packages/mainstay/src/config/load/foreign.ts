import type { ForeignPlan } from '../../core/plan/index.ts';
import type { Path } from '../problem.ts';
import type { ServiceOutput } from '../schema/index.ts';
import type { ServiceContext } from './service.ts';

const OF_THE_PROGRAM = 'whoever runs it decides how its program is started';
const SIGNALS = 'whoever runs it knows which signal stops it';

/** Keys of a service that say nothing of one that something else runs, and why. */
const SENSELESS: readonly (readonly [Path, string])[] = [
  [['working_dir'], OF_THE_PROGRAM],
  [['env_file'], OF_THE_PROGRAM],
  [['environment'], OF_THE_PROGRAM],
  [['user'], OF_THE_PROGRAM],
  [['group'], OF_THE_PROGRAM],
  [['umask'], OF_THE_PROGRAM],
  [['ulimits'], 'whoever runs it limits it'],
  [['resources'], 'whoever runs it limits it'],
  [['instances'], 'there is one of it'],
  [['watchdog'], 'its program cannot reach mainstay'],
  [['stop_signal'], SIGNALS],
  [['kill_mode'], SIGNALS],
  [['develop'], 'mainstay does not start its program'],
  [['logging', 'split'], 'its lines come in one stream'],
  [['logging', 'when_full'], 'its lines are kept where they come from'],
];

/** Where the keys that make no sense belong instead, for the hint. */
const INSTEAD = {
  container: 'remove it; it belongs to the container (docker run, compose)',
  unit: 'remove it; it belongs to the unit (systemctl edit)',
} as const;

/** What runs a service instead of mainstay; null: nothing else does. Keys that make no sense then are reported. */
export function resolveForeign(written: ServiceOutput, { name, report }: ServiceContext): ForeignPlan | null {
  const at: Path = ['services', name];
  const given = (['command', 'container', 'unit'] as const).filter((key) => written[key] !== undefined);
  const [first, second] = given;
  if (second !== undefined) {
    const reason = `has ${first} and ${second}: one of them runs it`;
    report.add(report.key([...at, second]), reason, 'remove all but one');
    return null;
  }
  if (first === undefined || first === 'command') return null;
  for (const [path, why] of SENSELESS) {
    if (!report.has([...at, ...path])) continue;
    report.add(report.key([...at, ...path]), `makes no sense beside ${first}: ${why}`, INSTEAD[first]);
  }
  if (written.ready !== undefined && readsNotify(written.ready))
    report.add(
      report.value([...at, 'ready']),
      `its program cannot reach mainstay, which it would tell`,
      'wait for a line of its log, or for its healthcheck',
    );
  const { container, unit } = written;
  if (container !== undefined) {
    const { name: wanted, socket } = typeof container === 'string' ? { name: container, socket: undefined } : container;
    if (wanted === undefined) report.add(report.value([...at, 'container']), 'names no container', 'add name: …');
    return { by: 'container', name: wanted ?? '', socket: socket ?? null };
  }
  const { name: wanted, user } = typeof unit === 'string' ? { name: unit, user: false } : (unit ?? {});
  if (wanted === undefined) report.add(report.value([...at, 'unit']), 'names no unit', 'add name: nginx.service');
  return { by: 'unit', name: withEnding(wanted ?? ''), user: user ?? false };
}

function readsNotify(ready: NonNullable<ServiceOutput['ready']>): boolean {
  return ready === 'notify' || (typeof ready === 'object' && ready.notify === true);
}

/** As systemctl reads it: without an ending it is a service. */
const withEnding = (unit: string): string => (/\.[a-z]+$/.test(unit) ? unit : `${unit}.service`);
