import fs from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import type { ServicePlan } from '../../core/plan/index.ts';
import type { DaemonPorts, LineSink } from '../../daemon/index.ts';
import { withForeign } from '../../host/foreign/router.ts';
import { createClock, createRandom } from '../../host/clock/index.ts';
import { createCrashFiles, type CrashFiles } from '../../host/crash/index.ts';
import type { Directories } from '../../host/directories.ts';
import { atomicWrite, processStatusWriter, type ProcessStatusWriter, type WriteFile } from '../../host/files/index.ts';
import { createLogHost, Gate, RotatingFile } from '../../host/log/index.ts';
import { loadNative } from '../../host/native/index.ts';
import { bootId, machineFacts } from '../../host/proc/index.ts';
import { createProcessHost, createProgramSource, findUser } from '../../host/process/index.ts';
import { createStore, readSnapshotOfCopy } from '../../host/store/index.ts';
import type { Clock, LogHost, ProcessHost, RemedyHost, Store } from '../../ports/index.ts';
import { probePorts, programSources } from '../probing.ts';
import { createMessenger } from '../../registry/messenger.ts';
import { localTime, nextDue } from './cron.ts';
import { loadForeign } from './foreign.ts';

/** mainstay's own logs: as large and as old as a service's may be by default. */
const OWN_LOGS = { maxSize: 10_000_000, maxFiles: 5, maxAge: 30 * 86_400_000 };

/** Everything real that a daemon is made of. */
export interface Parts {
  ports: DaemonPorts;
  clock: Clock;
  store: Store;
  logs: LogHost;
  processes: ProcessHost;
  crashes: CrashFiles;
  daemonLog: LineSink;
  /** Why mainstay's own logs are not being written, one line each. */
  problems(): string[];
  /** Waits until all lines so far are written, at most `timeoutMs`. */
  flush(timeoutMs: number): Promise<void>;
  /** After `flush`: closes everything; what is not written yet by then is lost. */
  close(): Promise<void>;
}

/**
 * @param store opened by the caller: whether it can be used decides whether there is a daemon at all
 * @param files lets one file of the state directory be written at a time
 * @param projectDirectory of mainstay.yaml, asked at each start
 */
export async function makeParts(
  directories: Directories,
  clock: Clock,
  store: Store,
  files: Gate,
  projectDirectory: () => string,
  project: () => string,
): Promise<Parts> {
  const gate = new Gate();
  const own = (name: string): RotatingFile => new RotatingFile(path.join(directories.logs, name), OWN_LOGS, gate);
  const [daemonLog, eventsLog, checksLog] = [own('mainstay.log'), own('events.log'), own('checks.log')];
  const logs = await createLogHost({ directories, wall: () => Date.now(), gate });
  const sources = programSources(projectDirectory);
  const runDirectory = path.join(directories.runtime, 'instances');
  fs.mkdirSync(runDirectory, { recursive: true, mode: 0o700 });
  const ownProcesses = createProcessHost({
    projectId: directories.id,
    runDirectory,
    clock,
    base: sources.base,
    direct: (await loadNative())?.starter() ?? null,
    pipes: (spec, owner) =>
      logs.open(spec.instance, spec.service.name, spec.service.logging, { owner, notify: notifies(spec.service) }),
    program: createProgramSource(sources),
  });
  const processes = withForeign(ownProcesses, (emit) => loadForeign({ clock, bootId: bootId(), logs, emit }));
  const crashes = createCrashFiles(path.join(directories.state, 'crashes'), (work) => files.run(work));
  const statusFiles = new Map<string, ProcessStatusWriter>();
  const ports: DaemonPorts = {
    ...probePorts(sources, clock),
    random: createRandom(),
    processes,
    logs,
    store,
    owner: ownerOf,
    daemonLog,
    eventsLog,
    checksLog,
    failed: (failure, file) => {
      let writer = statusFiles.get(file);
      if (writer === undefined) {
        writer = processStatusWriter(file, {
          clock,
          write: (...words) => files.run(() => atomicWrite(...words)),
          onError: (error) => daemonLog.write(`${new Date().toISOString()} cannot write ${file}: ${error.message}`),
        });
        statusFiles.set(file, writer);
      }
      const exit = failure.exit ?? { code: null, signal: null, known: false };
      writer.failed({
        process: failure.process,
        at: failure.at,
        exit,
        incarnation: failure.incarnation,
        project: project(),
      });
    },
    crashes,
    machine: machineFacts,
    logDirectory: directories.logs,
    bootId: bootId(),
    hostName: hostname(),
    nextDue,
    localTime,
    messenger: createMessenger(),
    remedies: lazyRemedies,
  };
  const problems = (): string[] => [daemonLog, eventsLog, checksLog].flatMap((one) => one.problem ?? []);
  const flush = async (timeoutMs: number): Promise<void> => {
    await Promise.all([logs.flush(timeoutMs), ...[daemonLog, eventsLog, checksLog].map((one) => one.flush(timeoutMs))]);
  };
  const close = async (): Promise<void> => {
    for (const writer of statusFiles.values()) writer.close();
    logs.dispose();
    processes.close();
    ownProcesses.close();
    await store.close();
  };
  return { ports, clock, store, logs, processes, crashes, daemonLog, problems, flush, close };
}

/**
 * Node has four threads for files, of which logs hold at most two. The other files of the state directory take turns: a disk that
 * does not answer then leaves one for everything else.
 */
export function makeTurns(): { files: Gate; writeFile: WriteFile } {
  const files = new Gate(1);
  return { files, writeFile: (...words) => files.run(() => atomicWrite(...words)) };
}

export const makeClock = createClock;

export function makeStore(directories: Directories, clock: Clock): Store {
  const file = path.join(directories.state, 'mainstay.db');
  return createStore({ path: file, clock, fallback: () => readSnapshotOfCopy(file) });
}

/** Loaded when a check first has something done. */
const lazyRemedies: RemedyHost = {
  ask: async (question) => (await import('../../host/remedy/index.ts')).askSecondLayer(question),
  run: async (job) => (await import('../../host/remedy/index.ts')).runProgram(job),
  clean: async (job) => (await import('../../host/remedy/index.ts')).cleanDirectory(job),
};

function notifies(service: ServicePlan): { ready: boolean; watchdogMs: number | null } | null {
  if (service.ready.by !== 'notify' && service.watchdog === null) return null;
  return { ready: service.ready.by === 'notify', watchdogMs: service.watchdog };
}

function ownerOf(service: ServicePlan): { uid: number; gid: number } | null {
  if (service.user === null) return null;
  const user = findUser(service.user);
  return user === null ? null : { uid: user.uid, gid: user.gid };
}
