/** `mainstay upgrade`: this version takes the place of the one that runs; services run on. */
import { spawn } from 'node:child_process';
import { EXIT, MainstayError } from '@mainstay/protocol';
import type { InstanceStatus, StatusReport } from '@mainstay/protocol';
import { Client } from '../client/index.ts';
import { claimStart } from '../daemonize/claim.ts';
import { entryPath } from '../daemonize/entry-path.ts';
import type { Context } from '../framework/index.ts';
import { locateProject } from '../project/locate.ts';
import { parseDuration } from '../text/index.ts';
import { describe, installationAt } from './installed.ts';
import type { Description } from './installed.ts';
import { checkRoom, keptStore, storeSchema } from './room.ts';
import { findRunning } from './running.ts';
import type { Running } from './running.ts';
import { takeOver } from './takeover.ts';

const DEFAULT_LIMIT_MS = 30_000;

export async function run(context: Context): Promise<number> {
  const to = context.values.get('to');
  if (to !== undefined) return otherInstallation(installationAt(to, context.io.cwd), context);
  const { io, values, flags, json } = context;
  const limit = values.get('timeout');
  const limitMs = limit === undefined ? DEFAULT_LIMIT_MS : parseDuration(limit, '--timeout');
  const target = locateProject(context);
  const { stateDir, label } = target;
  const client = new Client(target);
  const running = findRunning(stateDir, label);
  const program = { ...running.program, node: process.execPath, entry: entryPath('daemon') };
  const next = await describe(program.node, program.entry);
  const old = await describe(running.program.node, running.program.entry).catch(() => null);
  const schema = storeSchema(stateDir);
  checkSchema(next, schema, running);
  checkRoom(stateDir);
  const before = await report(client);
  const facts = {
    from: running.version,
    to: next.version,
    store: { schema, becomes: next.schema },
    daemon: running.daemon?.pid ?? null,
    rollback: old !== null && (running.version === null || old.version === running.version),
    runs: before?.services.filter(({ pid }) => pid !== null).length ?? null,
  };
  const same = facts.from === facts.to && program.entry === running.program.entry;
  if (flags.has('dry-run') || (same && !flags.has('force'))) {
    if (json) io.out(`${JSON.stringify({ ...facts, upgraded: false }, null, 2)}\n`);
    else if (same && !flags.has('force')) io.out(`mainstay ${facts.to} runs already; nothing to do\n`);
    else io.out(describeFacts(facts));
    return EXIT.done;
  }
  if (!json) io.out(describeFacts(facts));
  using _claim = await claimStart(stateDir);
  // Found again, since now nobody else starts or replaces anything.
  await takeOver({
    stateDir,
    label,
    running: findRunning(stateDir, label),
    program,
    kept: keptStore(stateDir, schema ?? 0),
    rollback: facts.rollback,
    limitMs,
  });
  const after = await report(client);
  const restarted = before === null || after === null ? [] : changed(before.services, after.services);
  if (json) {
    io.out(`${JSON.stringify({ ...facts, upgraded: true, restarted }, null, 2)}\n`);
  } else {
    io.out(`mainstay ${after?.daemon.version ?? next.version} runs, pid ${after?.daemon.pid ?? '?'}\n`);
    io.out(
      restarted.length === 0 ? 'nothing was restarted\n' : `meanwhile another process runs ${restarted.join(', ')}\n`,
    );
  }
  return EXIT.done;
}

interface Facts {
  from: string | null;
  to: string;
  store: { schema: number | null; becomes: number };
  /** The files of the old version are still there. */
  rollback: boolean;
  runs: number | null;
}

function describeFacts({ from, to, store, runs, rollback }: Facts): string {
  const format =
    store.schema === null || store.schema === store.becomes
      ? `stays (schema ${store.becomes})`
      : `becomes schema ${store.becomes}; a copy of the old one (schema ${store.schema}) is kept`;
  const services =
    runs === null
      ? 'the daemon does not answer; what runs is adopted'
      : `${runs} ${runs === 1 ? 'process runs' : 'processes run'} on`;
  const back = rollback
    ? 'the old version runs again if the new one does not work'
    : 'not possible: the files of the old version are gone';
  return `mainstay ${from ?? '(not known)'} -> ${to}\n  services: ${services}\n  store: ${format}\n  way back: ${back}\n`;
}

/** What an older version cannot read it must not be given. */
function checkSchema(next: Description, schema: number | null, { version }: Running): void {
  if (schema === null || schema <= next.schema) return;
  throw new MainstayError(
    'store-newer',
    `cannot go from ${version ?? 'the version that runs'} to ${next.version}: it does not know the format of the store (schema ${schema}, it knows ${next.schema}); nothing was touched`,
    'a version that is at least as new as the one that runs',
  );
}

/** Null when no daemon answers, as when it ends again and again. */
async function report(client: Client): Promise<StatusReport | null> {
  if (!(await client.isRunning())) return null;
  return client.json<StatusReport>('GET', '/status').catch(() => null);
}

/** Instances that have another process than before. */
function changed(before: readonly InstanceStatus[], after: readonly InstanceStatus[]): string[] {
  const name = ({ name: service, instance }: InstanceStatus): string => `${service}/${instance}`;
  const pids = new Map(before.map((one) => [name(one), one.pid]));
  return after.filter((one) => one.pid !== null && pids.get(name(one)) !== one.pid).map(name);
}

/** The other installation does it itself: it knows its own guardian best. */
function otherInstallation(command: string, { io, values, flags }: Context): Promise<number> {
  const options = ['file', 'state-dir', 'timeout'].flatMap((name) => {
    const value = values.get(name);
    return value === undefined ? [] : [`--${name}`, value];
  });
  const given = ['json', 'no-color', 'verbose', 'dry-run', 'force']
    .filter((name) => flags.has(name))
    .map((name) => `--${name}`);
  const child = spawn(process.execPath, [command, 'upgrade', ...options, ...given], { cwd: io.cwd, stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? EXIT.failed));
  });
}
