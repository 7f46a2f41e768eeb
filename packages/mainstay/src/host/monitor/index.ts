/** The files of a monitor: its state, its logs, and how checks stood. Nothing here is of one operating system only. */
import fs from 'node:fs';
import path from 'node:path';
import { MainstayError } from '@mainstay/protocol';
import { atomicWrite } from '../files/atomic-write.ts';
import { Gate } from '../log/gate.ts';
import { RotatingFile } from '../log/rotating-file.ts';

const LOG = { maxSize: 10_000_000, maxFiles: 5, maxAge: 30 * 86_400_000 };
const HISTORY = { maxSize: 5_000_000, maxFiles: 4, maxAge: 400 * 86_400_000 };
/** How long the last lines may take at the end, ms. */
const LAST_LINES_MS = 2_000;

export interface MonitorFiles {
  /** What was stored; null: nothing yet. */
  stored: string | null;
  /** Replaces what is stored; resolves when it is on the disk. */
  save(text: string): Promise<void>;
  /** Puts what is stored aside, because it is damaged. @returns where it is now */
  setAside(): string;
  log: RotatingFile;
  history: RotatingFile;
  /** Writes the last lines, as far as the disk takes them. */
  close(): Promise<void>;
}

const fileOf = (stateDir: string): string => path.join(stateDir, 'monitor.json');

/**
 * Makes the directory if it is not there, and opens what is in it.
 * @throws MainstayError `state-directory`
 */
export function openMonitorFiles(stateDir: string): MonitorFiles {
  try {
    fs.mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unusable(stateDir, error);
  }
  const file = fileOf(stateDir);
  const gate = new Gate();
  const log = new RotatingFile(path.join(stateDir, 'monitor.log'), LOG, gate);
  const history = new RotatingFile(path.join(stateDir, 'history.jsonl'), HISTORY, gate);
  return {
    stored: readStored(stateDir),
    save: (text) => atomicWrite(file, text, 0o600),
    setAside: () => {
      const aside = `${file}.damaged-${Date.now()}`;
      fs.renameSync(file, aside);
      return aside;
    },
    log,
    history,
    close: async () => {
      await Promise.all([log.flush(LAST_LINES_MS), history.flush(LAST_LINES_MS)]);
      await Promise.all([log.close(), history.close()]);
    },
  };
}

/**
 * What the monitor of a state directory has stored; null: nothing.
 * @throws MainstayError `state-directory`
 */
export function readStored(stateDir: string): string | null {
  try {
    return fs.readFileSync(fileOf(stateDir), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw unusable(stateDir, error);
  }
}

function unusable(stateDir: string, error: unknown): MainstayError {
  const why = error instanceof Error ? error.message : String(error);
  const hint = 'check its owner and permissions, or choose another with --state-dir';
  return new MainstayError('state-directory', `cannot use the state directory ${stateDir}: ${why}`, hint);
}
