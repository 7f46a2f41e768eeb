import { constants } from 'node:os';
import type { Exit } from '@mainstay/protocol';
import type { Look } from '../../../ports/index.ts';
import { troubleOf, type Unit } from '../../kit/systemd/index.ts';

/** `si_code` of a child, as systemd prints ExecMainCode (waitid(2)): it ended by itself; by a signal; by one with a core. */
const EXITED = '1';
const BY_SIGNAL: ReadonlySet<string> = new Set(['2', '3']);

const SIGNALS = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

/** What a unit's properties mean; a life is an invocation. */
export function lookOf(name: string, unit: Unit, user: boolean): Look {
  const { InvocationID: life = '', NRestarts: restarts = '0', Restart: policy = 'no' } = unit;
  const common = {
    life,
    pid: Number(unit.MainPID ?? 0),
    startedAt: startOf(unit),
    exit: exitOf(unit),
    restarts: Number(restarts),
    why: troubleOf(unit)?.text ?? 'it runs',
    hint: null,
    competes: policy === 'no' ? null : restartsItself(name, policy, user),
  };
  if (unit.LoadState !== 'loaded') return { ...common, is: 'missing', hint: hintOf(unit, name) };
  return { ...common, is: stateOf(unit) };
}

function stateOf({
  ActiveState: active,
  SubState: sub,
  Type: type,
  Job: job = '',
}: Unit): Exclude<Look['is'], 'missing'> {
  if (sub === 'auto-restart') return 'restarting';
  // One that is being stopped still lives.
  if (active === 'active' || active === 'reloading' || active === 'deactivating') return 'running';
  // One that runs and ends is activating for as long as it runs.
  if (active === 'activating') return type === 'oneshot' ? 'running' : 'between';
  return job === '' || job === '0' ? 'down' : 'between';
}

function hintOf({ LoadState: load }: Unit, name: string): string {
  return load === 'masked' ? `systemctl unmask ${name}` : `systemctl status ${name}`;
}

/** UTC ms; 0: it never was. Both are counted on CLOCK_MONOTONIC. */
function startOf({
  ExecMainStartTimestampMonotonic: main = '0',
  ActiveEnterTimestampMonotonic: active = '0',
}: Unit): number {
  const micros = Number(main) || Number(active);
  if (!(micros > 0)) return 0;
  const ageMs = Number(process.hrtime.bigint()) / 1e6 - micros / 1000;
  return Math.round(Date.now() - ageMs);
}

function exitOf({
  ExecMainCode: code = '0',
  ExecMainStatus: status = '0',
  Result: result,
  ActiveState: active,
  InvocationID: life = '',
}: Unit): Exit | null {
  // systemd forgets a unit that has ended well, or was stopped, together with how.
  if (active === 'inactive' && life === '' && result === 'success') return { code: 0, signal: null, known: true };
  const number = Number(status);
  const ended = code === EXITED || BY_SIGNAL.has(code);
  if (!ended) return null;
  const exit: Exit =
    code === EXITED
      ? { code: number, signal: null, known: true }
      : { code: null, signal: SIGNALS.get(number) ?? `signal ${number}`, known: true };
  if (result !== 'oom-kill') return exit;
  return { ...exit, outOfMemory: { by: 'kernel', limit: null, main: true } };
}

function restartsItself(name: string, policy: string, user: boolean): string {
  const edit = `systemctl ${user ? '--user ' : ''}edit ${name}`;
  return `systemd restarts ${name} by itself too (Restart=${policy}); to leave it to mainstay: ${edit}, with Restart=no`;
}
