import { brief } from '../notes.ts';
import type { Notes } from '../notes.ts';
import type { Draft, Value } from '../types.ts';
import { whole } from '../values.ts';
import { duration, timeSpan } from './times.ts';
import { lastOf } from './unit.ts';
import type { Setting, Unit } from './unit.ts';

/** Exit statuses that systemd has names for (systemd.exec(5), BSD's sysexits and its own two of the C library). */
const STATUS: Record<string, number> = {
  SUCCESS: 0,
  FAILURE: 1,
  USAGE: 64,
  DATAERR: 65,
  NOINPUT: 66,
  NOUSER: 67,
  NOHOST: 68,
  UNAVAILABLE: 69,
  SOFTWARE: 70,
  OSERR: 71,
  OSFILE: 72,
  CANTCREAT: 73,
  IOERR: 74,
  TEMPFAIL: 75,
  PROTOCOL: 76,
  NOPERM: 77,
  CONFIG: 78,
};

/** Keys that this file reads. */
export const RESTART_KEYS = new Set(
  'Restart RestartSec RestartSteps RestartMaxDelaySec SuccessExitStatus RestartPreventExitStatus StartLimitBurst StartLimitIntervalSec StartLimitInterval'.split(
    ' ',
  ),
);

/** `Restart=` and everything that goes with it. */
export function readRestart(unit: Unit, draft: Draft, notes: Notes): void {
  const policy: Record<string, Value> = {};
  const restart = lastOf(unit, 'Service', 'Restart');
  if (restart) readMode(restart, draft, notes);
  else if (draft.keys.type !== 'task') {
    notes.approximated(
      draft.where,
      `Restart of ${unit.name}`,
      'without it systemd does not bring the service back, mainstay does',
      'write restart: "no" where that is not wanted',
    );
  }
  readDelay(unit, policy);
  readLimit(unit, policy, notes);
  const success = lastOf(unit, 'Service', 'SuccessExitStatus');
  const fatal = lastOf(unit, 'Service', 'RestartPreventExitStatus');
  if (success) policy.success_exit_codes = codes(success, notes).filter((code) => code !== 0);
  if (fatal) policy.fatal_exit_codes = codes(fatal, notes);
  for (const key of ['success_exit_codes', 'fatal_exit_codes']) {
    if (Array.isArray(policy[key]) && policy[key].length === 0) delete policy[key];
  }
  if (Object.keys(policy).length > 0) draft.keys.restart_policy = policy;
}

function readMode(setting: Setting, draft: Draft, notes: Notes): void {
  const mode = setting.value;
  if (mode === 'no' || mode === 'always' || mode === 'on-failure') draft.keys.restart = mode;
  else {
    draft.keys.restart = mode === 'on-success' ? 'always' : 'on-failure';
    notes.approximated(
      `${setting.label}:${setting.line}`,
      `Restart=${mode}`,
      `mainstay has no, on-failure, always and unless-stopped; ${draft.keys.restart} was written`,
      'nothing, if a restart after every failure is right',
    );
  }
}

/** What systemd waits where nothing is said, ms. */
const DEFAULT_DELAY_MS = 100;

/**
 * systemd's delay grows from RestartSec to RestartMaxDelaySec in RestartSteps steps, each by the same factor; a first delay
 * longer than the last is cut to it (systemd.service(5)). What restarts at once keeps mainstay's own delays.
 */
function readDelay(unit: Unit, policy: Record<string, Value>): void {
  const first = lastOf(unit, 'Service', 'RestartSec');
  const steps = whole(lastOf(unit, 'Service', 'RestartSteps')?.value ?? null);
  const last = lastOf(unit, 'Service', 'RestartMaxDelaySec');
  const delay = first && duration(first.value);
  if (delay && delay !== '0s') policy.delay = delay;
  const maximum = last && duration(last.value);
  if (steps && last && maximum && maximum !== '0s') {
    const from = first ? (timeSpan(first.value) ?? DEFAULT_DELAY_MS) : DEFAULT_DELAY_MS;
    const to = timeSpan(last.value) ?? from;
    policy.delay = from >= to ? maximum : (policy.delay ?? `${DEFAULT_DELAY_MS}ms`);
    policy.factor = Math.max(1, Math.round((to / Math.max(1, from)) ** (1 / steps) * 100) / 100);
    policy.max_delay = maximum;
  } else if (policy.delay) {
    policy.factor = 1;
    policy.max_delay = policy.delay;
  }
}

function readLimit(unit: Unit, policy: Record<string, Value>, notes: Notes): void {
  const find = (key: string) => lastOf(unit, 'Unit', key) ?? lastOf(unit, 'Service', key);
  const burst = find('StartLimitBurst');
  const interval = find('StartLimitIntervalSec') ?? find('StartLimitInterval');
  const span = interval ? timeSpan(interval.value) : null;
  if (interval && (span === 0 || span === Infinity)) {
    notes.approximated(
      `${interval.label}:${interval.line}`,
      `${interval.key}=${interval.value}`,
      'systemd then never gives up; mainstay pauses after 10 attempts in 10 minutes and tries again after a cooldown',
      'nothing; write restart_policy.max_attempts if more attempts are wanted',
    );
    return;
  }
  if (!burst && !interval) return;
  policy.max_attempts = Math.max(1, whole(burst?.value ?? null) ?? 5);
  policy.window = (interval && duration(interval.value)) ?? '10s';
  const setting = burst ?? interval;
  if (!setting) return;
  notes.approximated(
    `${setting.label}:${setting.line}`,
    `${setting.key}=${brief(setting.value)}`,
    'systemd then gives up for ever; mainstay tries again after a cooldown',
    'write restart_policy.cooldown: never to keep it so',
  );
}

function codes(setting: Setting, notes: Notes): number[] {
  const found: number[] = [];
  for (const word of setting.value.split(/\s+/)) {
    const code = whole(word) ?? STATUS[word.replace(/^EX_/, '')];
    if (code !== undefined) found.push(code);
    else {
      notes.dropped(
        `${setting.label}:${setting.line}`,
        `${setting.key}=${word}`,
        'only exit codes can be named, not signals',
        'let the program handle the signal and exit with a code of its own',
      );
    }
  }
  return found;
}
