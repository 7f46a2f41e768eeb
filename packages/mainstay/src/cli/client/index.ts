/** Talking to the daemon over its Unix socket, as packages/protocol/src/api.ts says. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MainstayError } from '@mainstay/protocol';
import type { HistoryLine, JournalEvent, Progress } from '@mainstay/protocol';
import { discover, isAlive, readJson } from './discover.ts';
import { guardianTail, lastWords, logOf } from './last-words.ts';
import { ANSWER_TIMEOUT_MS, NobodyListens, open, readAll } from './request.ts';
import type { RequestOptions } from './request.ts';
import { eventsOf, itemsOf } from './stream.ts';

export { discover, isAlive, readJson, startTimeOf } from './discover.ts';
export type { DaemonFile } from './discover.ts';

/** `<state>/guardian.json`: the loop that brings the daemon back. */
export interface GuardianFile {
  pid: number;
  startTime: string | null;
}

/** Who is asked, and what a person calls it. */
export interface Target {
  stateDir: string;
  label: string;
}

/** One process, told from others that had or will have its pid. */
export interface DaemonProcess {
  pid: number;
  startTime: string | null;
}

type Method = 'GET' | 'POST' | 'DELETE';

/** A client of one project's daemon. Every call finds the daemon afresh, because it may have been replaced. */
export class Client {
  readonly #target: Target;
  #summoned = false;

  constructor(target: Target) {
    this.#target = target;
  }

  /** An answer as JSON. */
  async json<T>(method: Method, path: string, options: RequestOptions = {}): Promise<T> {
    return JSON.parse(await readAll(await this.#open(method, path, options))) as T;
  }

  /** A stream of progress; the last item is `done`. */
  async *progress(path: string, body: unknown, signal?: AbortSignal): AsyncGenerator<Progress> {
    yield* itemsOf<Progress>(await this.#open('POST', path, { body, ...(signal === undefined ? {} : { signal }) }));
  }

  /** Events after number `after`, or from now on when that is null; then new ones for ever. */
  async *events(after: number | null, signal?: AbortSignal): AsyncGenerator<JournalEvent> {
    const headers = { accept: 'text/event-stream', ...(after === null ? {} : { 'last-event-id': String(after) }) };
    const options = signal === undefined ? { headers } : { headers, signal };
    yield* eventsOf(await this.#open('GET', '/api/v1/events', options));
  }

  /** How everything stood between two moments (UTC ms); the last line is `done`. */
  async *history(since: number, until: number): AsyncGenerator<HistoryLine> {
    yield* itemsOf<HistoryLine>(await this.#open('GET', `/api/v1/history?since=${since}&until=${until}`, {}));
  }

  /** True when a daemon runs, or its guardian, which will bring one. */
  async isComingBack(): Promise<boolean> {
    return guardianLives(this.#target.stateDir) || (await this.isRunning());
  }

  /** False when the daemon's guardian was killed: nobody would bring this daemon back. */
  get isGuarded(): boolean {
    const { stateDir } = this.#target;
    return guardianLives(stateDir) || readJson(join(stateDir, 'guardian.json')) === null;
  }

  /** True when a daemon answers. Never throws for one that is not there, or that goes while it is asked. */
  async isRunning(): Promise<boolean> {
    const { socket } = discover(this.#target.stateDir);
    try {
      if (!existsSync(socket)) throw new NobodyListens('ENOENT', { cause: null });
      (await open(socket, 'GET', '/status')).resume();
      return true;
    } catch (error) {
      if (error instanceof NobodyListens) return (await this.#summon()) && (await this.isRunning());
      if (error instanceof MainstayError && error.code === 'no-daemon') return false;
      throw error;
    }
  }

  /** The process that is the daemon at the moment, by its own word; null when none has said so. */
  daemonProcess(): DaemonProcess | null {
    const { file } = discover(this.#target.stateDir);
    return file === null ? null : { pid: file.pid, startTime: file.identity?.startTime ?? null };
  }

  /** While a guardian lives, a daemon that does not listen is one on its way back: worth a wait. */
  async #open(method: Method, path: string, options: RequestOptions): ReturnType<typeof open> {
    const deadline = performance.now() + ANSWER_TIMEOUT_MS;
    for (;;) {
      const endpoint = discover(this.#target.stateDir);
      try {
        return await open(endpoint.socket, method, path, options);
      } catch (error) {
        if (!(error instanceof NobodyListens)) throw error;
        if (await this.#summon()) continue;
        if (!guardianLives(this.#target.stateDir) || performance.now() > deadline) throw this.#nobody(error);
        await sleep(100);
      }
    }
  }

  /** Tries once to reach a daemon whose files were removed. True when it is there again. */
  async #summon(): Promise<boolean> {
    if (this.#summoned || guardianLives(this.#target.stateDir)) return false;
    this.#summoned = true;
    return (await import('./summon.ts')).summon(this.#target.stateDir);
  }

  #nobody(error: NobodyListens): MainstayError {
    const { file, socket } = discover(this.#target.stateDir);
    const { label, stateDir } = this.#target;
    if (guardianLives(stateDir)) {
      return new MainstayError(
        'no-daemon',
        `cannot reach the daemon: the one of ${label} ends again and again; services run on${lastWords(guardianTail(stateDir))}`,
        `look at ${logOf(stateDir)}; a version without the defect takes over with mainstay upgrade`,
        { cause: error },
      );
    }
    let why = `no socket at ${socket}`;
    let hint = 'mainstay up -d';
    if (error.code === 'ECONNREFUSED' || error.code === 'ENOTSOCK') {
      const gone = file === null || !isAlive(file.pid, file.identity?.startTime ?? null);
      why = gone && file !== null ? `the last one, process ${file.pid}, is gone` : `${socket} is left over`;
      hint = 'mainstay up -d takes over what still runs; to end that, mainstay down after it';
    }
    return new MainstayError('no-daemon', `cannot reach the daemon: none is running for ${label} (${why})`, hint, {
      cause: error,
    });
  }
}

/** True when the loop that brings the daemon back is running. */
export function guardianLives(stateDir: string): boolean {
  const guardian = readJson<GuardianFile>(join(stateDir, 'guardian.json'));
  return guardian !== null && isAlive(guardian.pid, guardian.startTime);
}
