import type { ProbePorts } from '../../daemon/ports.ts';
import type { MonitorProgram } from '../../monitor/ports.ts';
import type { Style } from '../text/style.ts';

/** An option, as data: the parser, help, completion and the reference are made from it. */
export interface OptionSpec {
  /** Long name without dashes. */
  name: string;
  short?: string;
  /** Placeholder of the value, for example `FILE`; absent: the option takes none. */
  value?: string;
  /** The values that make sense, when there are few. */
  choices?: readonly string[];
  summary: string;
}

/** Names of a project: `names` are services and checks, `checkable` what `mainstay check` takes. */
export const NAMES_OF = ['services', 'names', 'checkable'] as const;
export type NamesOf = (typeof NAMES_OF)[number];

export interface ArgumentSpec {
  name: string;
  summary: string;
  required: boolean;
  many: boolean;
  /** What completion offers: names of the project, of commands, or fixed words. */
  completes?: NamesOf | 'commands' | readonly string[];
}

export interface Example {
  line: string;
  what: string;
}

export type Group = 'run' | 'look' | 'change' | 'set up';

/** A command, as data. `load` brings in its body when it is really run. */
export interface CommandSpec {
  name: string;
  group: Group;
  /** Without a full stop; fits a line of help. */
  summary: string;
  /** More to say, as paragraphs. */
  description?: readonly string[];
  arguments: readonly ArgumentSpec[];
  options: readonly OptionSpec[];
  examples: readonly Example[];
  /** Exit code of whatever goes wrong, where the code tells something else than usual. */
  failsWith?: number;
  /** `config`, `plan` …: what to read next; names of commands. */
  see?: readonly string[];
  load(): Promise<{ run: (context: Context) => Promise<number> }>;
}

/** What was given on the command line. */
export interface Invocation {
  args: readonly string[];
  flags: ReadonlySet<string>;
  values: ReadonlyMap<string, string>;
}

/** The world as the command line sees it; tests bring their own. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
  outIsTerminal: boolean;
  errIsTerminal: boolean;
  /**
   * Calls `listener` when nobody reads the output any more (`mainstay up | head`). Whoever does not
   * listen is ended instead, quietly. Returns how to stop listening.
   */
  onReaderGone(listener: () => void): () => void;
  /** Width of the terminal now; 80 when there is none. */
  columns(): number;
  /** What runs checks in this process, for the project in this directory. */
  probing(directory: string): Promise<ProbePorts>;
  /** The external monitor, for a file in this directory. */
  monitoring(directory: string): Promise<MonitorProgram>;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
}

/** What every command gets. */
export interface Context extends Invocation {
  io: Io;
  style: Style;
  json: boolean;
  verbose: boolean;
}
