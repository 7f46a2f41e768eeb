import { constants } from 'node:os';
import { readFileSync, readdirSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { instanceId, splitInstanceId, type Exit, type Identity, type InstanceId } from '@mainstay/protocol';

/** What a launcher wrote down before it became the program. */
export interface IdentityRecord {
  leader: Identity;
  /** The parent that waits to write the exit status down; null when there is none. */
  waiter: Identity | null;
}

/** Name of everything that belongs to one incarnation: its files, its control group. */
export function incarnationName(instance: InstanceId, incarnation: number): string {
  const { service, index } = splitInstanceId(instance);
  return `${encodeURIComponent(service)}.${index}.${incarnation}`;
}

/** The reverse of `incarnationName`; null when it is not one. */
export function parseIncarnationName(name: string): { instance: InstanceId; incarnation: number } | null {
  const match = /^(.+)\.(\d+)\.(\d+)$/.exec(name);
  if (match === null) return null;
  const [, service = '', index, incarnation] = match;
  try {
    return { instance: instanceId(decodeURIComponent(service), Number(index)), incarnation: Number(incarnation) };
  } catch {
    return null;
  }
}

/** Parses an identity file; null when it is torn or something else. */
export function parseIdentity(text: string): IdentityRecord | null {
  const match = /^([0-9a-f-]{36}) (\d+) (\d+) (\d+) (\d+) \.\n$/.exec(text);
  if (match === null) return null;
  const [, bootId = '', pid, startTime = '', waiterPid, waiterStart = ''] = match;
  const waiter = waiterPid === '0' ? null : { bootId, pid: Number(waiterPid), startTime: waiterStart };
  return { leader: { bootId, pid: Number(pid), startTime }, waiter };
}

/**
 * Parses an exit record: what the shell said, then `STATUS .`; null when it is not complete. A status above 128
 * means a signal only if the shell said so. It says nothing of SIGINT and SIGPIPE, so these two read as the
 * exit codes 130 and 141.
 */
export function parseExit(text: string): Exit | null {
  const match = /^([^]*?)(\d+) \.\n$/.exec(text);
  if (match === null) return null;
  const status = Number(match[2]);
  const signal = status > 128 && match[1] !== '' ? signalName(status - 128) : null;
  return signal === null ? { code: status, signal: null, known: true } : { code: null, signal, known: true };
}

function signalName(wanted: number): string | null {
  for (const [name, number] of Object.entries(constants.signals)) if (number === wanted) return name;
  return wanted > 34 ? `SIGRTMIN+${wanted - 34}` : null;
}

/** The identity files and exit records of a project. */
export interface RunFiles {
  identityPath(instance: InstanceId, incarnation: number): string;
  exitPath(instance: InstanceId, incarnation: number): string;
  identity(instance: InstanceId, incarnation: number): IdentityRecord | null;
  exit(instance: InstanceId, incarnation: number): Exit | null;
  /** Incarnations of which there is any file. */
  list(): { instance: InstanceId; incarnation: number }[];
  /** Removes the files of an incarnation, later: a frozen file system must not hold up the loop. */
  remove(instance: InstanceId, incarnation: number): void;
}

/** The files in `directory`, which exists and is nobody else's (0700). */
export function createRunFiles(directory: string): RunFiles {
  const path = (instance: InstanceId, incarnation: number, suffix: string): string =>
    `${directory}/${incarnationName(instance, incarnation)}.${suffix}`;
  return {
    identityPath: (instance, incarnation) => path(instance, incarnation, 'id'),
    exitPath: (instance, incarnation) => path(instance, incarnation, 'exit'),
    identity(instance, incarnation) {
      const text = read(path(instance, incarnation, 'id'));
      return text === null ? null : parseIdentity(text);
    },
    exit(instance, incarnation) {
      const text = read(path(instance, incarnation, 'exit'));
      return text === null ? null : parseExit(text);
    },
    list() {
      const names = new Set<string>();
      for (const file of readdirSync(directory)) {
        const match = /^(.+)\.(?:id|exit)$/.exec(file);
        if (match?.[1] !== undefined) names.add(match[1]);
      }
      return [...names].map(parseIncarnationName).filter((parsed) => parsed !== null);
    },
    remove(instance, incarnation) {
      for (const suffix of ['id', 'exit']) unlink(path(instance, incarnation, suffix)).catch(() => undefined);
    },
  };
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}
