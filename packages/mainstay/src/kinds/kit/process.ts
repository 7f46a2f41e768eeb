import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** The kernel keeps so much of a name. */
const NAME_BYTES = 15;

/** A process that lives, as `/proc/PID/stat` shows it (proc(5)): neither its memory nor a disk is asked, which could block. */
export class LiveProcess {
  readonly pid: number;
  /** The short name; may hold blanks and parentheses. */
  readonly name: string;
  readonly parent: number;
  readonly session: number;
  /** Time of all its threads so far, in ticks of 1/100 s: user and system. */
  readonly ticks: number;
  /** In ticks since the machine was started; tells two processes with one number apart. */
  readonly started: number;

  constructor(pid: number, name: string, fields: readonly string[]) {
    this.pid = pid;
    this.name = name;
    // Field n of proc(5) is fields[n − 3].
    const field = (number: number): number => Number(fields[number - 3]);
    this.parent = field(4);
    this.session = field(6);
    this.ticks = field(14) + field(15);
    this.started = field(22);
  }

  /** By its short name, or by that of the program file. */
  isNamed(name: string): boolean {
    if (this.name === name) return true;
    if (name.length > NAME_BYTES && this.name === name.slice(0, NAME_BYTES)) return true;
    return this.program() === name;
  }

  /** Name of the program's file; null when it may not be seen. */
  program(): string | null {
    try {
      return basename(readlinkSync(`/proc/${this.pid}/exe`)).replace(/ \(deleted\)$/, '');
    } catch {
      return null;
    }
  }
}

/** The process with a number, when it lives; a zombie does not. */
export function readProcess(pid: number): LiveProcess | null {
  let line: string;
  try {
    line = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return null;
  }
  const close = line.lastIndexOf(')');
  const fields = line.slice(close + 2).split(' ');
  return /^[ZXx]/.test(fields[0] ?? 'X')
    ? null
    : new LiveProcess(pid, line.slice(line.indexOf('(') + 1, close), fields);
}
