/** The external monitor, put together: what `mainstay monitor` runs. Loads nothing that is of one operating system only. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { MainstayError } from '@mainstay/protocol';
import { version } from '../cli/version.ts';
import type { MonitorPlan } from '../core/plan/monitor.ts';
import { expand, parseDotenv, serviceLookup, type Lookup } from '../core/template/index.ts';
import type { ServiceEnvironment } from '../daemon/ports.ts';
import { createClock, createRandom } from '../host/clock/index.ts';
import { acquireLock } from '../host/lock/index.ts';
import { openMonitorFiles, readStored, type MonitorFiles } from '../host/monitor/index.ts';
import { Monitor, parseSaved, type MonitorProgram, type Reach, type Saved } from '../monitor/index.ts';
import { ask, beat } from '../monitor/net/ask.ts';
import { Answers } from '../monitor/net/serve.ts';
import { SENDERS, createMessenger } from '../registry/messenger.ts';
import { RUNNERS, createProber } from '../registry/runners.ts';

/** What programs get of the machine's environment: nothing of a shell's. */
const BASE = 'PATH HOME USER LOGNAME LANG TZ'.split(' ');
const BASE_OF_WINDOWS = 'Path SystemRoot ComSpec PATHEXT TEMP TMP USERPROFILE USERNAME'.split(' ');
const SHORTEST_KEY = 16;

/** @param directory of the file: its `.env` answers references, and relative paths begin there */
export function monitorProgram(directory: string): MonitorProgram {
  // Once: a disk that does not answer later keeps nobody from being told.
  const environment = environmentOf(directory);
  const reach: Reach = {
    clock: createClock(),
    prober: createProber(),
    messenger: createMessenger(),
    environment: () => environment,
    ask,
    localTime: (wall) => {
      const at = new Date(wall);
      return { day: at.getDay(), minute: at.getHours() * 60 + at.getMinutes() };
    },
  };
  return {
    ...reach,
    run: (plan, stateDir, say) => run(plan, stateDir, say, reach),
    stored: (stateDir) => parseSaved(readStored(stateDir) ?? ''),
  };
}

async function run(plan: MonitorPlan, stateDir: string, say: (line: string) => void, reach: Reach): Promise<number> {
  const key = keyOf(plan, reach.environment().lookup);
  const files = openMonitorFiles(stateDir);
  const lock = await acquireLock(stateDir, version()).catch((error: unknown) => {
    throw error instanceof MainstayError && error.code === 'already-running'
      ? new MainstayError(error.code, error.message, 'end that process, or give this monitor another --state-dir')
      : error;
  });
  await loadKinds(plan);
  const ports = {
    ...reach,
    random: createRandom(),
    beat,
    save: files.save,
    log: files.log,
    history: files.history,
    pid: process.pid,
    version: version(),
  };
  const monitor = new Monitor(plan, ports, readSaved(files));
  const note = (text: string): void => {
    files.log.write(`${new Date().toISOString()} ${text}`);
    say(text);
  };
  const answers = plan.listen === null ? null : new Answers(toldBy(monitor), { listen: plan.listen, key, note });
  monitor.start();
  const { checks } = plan.plan;
  say(`monitors ${checks.map(({ name }) => name).join(', ')}; its log is ${path.join(stateDir, 'monitor.log')}`);
  await toldToEnd();
  await answers?.close();
  await monitor.stop();
  await files.close();
  await lock.release();
  return 0;
}

/** What an earlier life left; a damaged file is put aside and said so. */
function readSaved({ stored, setAside, log }: MonitorFiles): Saved | null {
  if (stored === null) return null;
  const saved = parseSaved(stored);
  if (saved === null) {
    log.write(`${new Date().toISOString()} the stored state is damaged or of another version: it is now ${setAside()}`);
  }
  return saved;
}

function toldBy(monitor: Monitor): ConstructorParameters<typeof Answers>[0] {
  return {
    answer: (about) => monitor.answer(about),
    health: () => {
      const { checks, problems, alive } = monitor.state();
      return {
        status: problems.length === 0 ? 'pass' : 'warn',
        timestamp: new Date(alive).toISOString(),
        checks: Object.fromEntries(
          checks.map(({ name, state }) => [
            name,
            state.name === 'idle' || state.name === 'pending' ? 'unknown' : state.name,
          ]),
        ),
      };
    },
  };
}

/** @throws MainstayError `config` when the key is too short to be one */
function keyOf({ key }: MonitorPlan, lookup: Lookup): string | null {
  if (key === null) return null;
  const { value } = expand(key, lookup);
  if (value.length >= SHORTEST_KEY) return value;
  const why = `the key has ${value.length} characters, and needs at least ${SHORTEST_KEY}`;
  throw new MainstayError('config', `cannot monitor: ${why}`, 'make one with: openssl rand -hex 16');
}

/** Kinds are loaded before they are needed: later the disk may not answer. */
async function loadKinds({ plan, witnesses }: MonitorPlan): Promise<void> {
  const kinds = new Set([...plan.checks, ...witnesses].map(({ kind }) => kind));
  const senders = new Set(plan.alerts?.notifiers.map(({ kind }) => kind));
  await Promise.all([...[...kinds].map((kind) => RUNNERS[kind]?.()), ...[...senders].map((kind) => SENDERS[kind]?.())]);
}

function environmentOf(directory: string): ServiceEnvironment {
  const values: Record<string, string> = {};
  for (const name of [...BASE, ...BASE_OF_WINDOWS]) {
    const value = process.env[name];
    if (value !== undefined) values[name] = value;
  }
  const sources = { environment: {}, envFiles: [], dotenv: dotenvOf(directory), process: process.env, late: {} };
  return { values, lookup: serviceLookup(sources), asUser: [] };
}

function dotenvOf(directory: string): Record<string, string> {
  try {
    return parseDotenv(readFileSync(path.join(directory, '.env'), 'utf8')).values;
  } catch {
    return {};
  }
}

/** Resolves at Ctrl-C, SIGTERM, or when a console of Windows is closed. */
function toldToEnd(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] as const) process.on(signal, () => resolve());
  });
}
