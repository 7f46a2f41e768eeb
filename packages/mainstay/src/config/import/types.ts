/** One value of a service in mainstay.yaml: scalars, lists and maps as YAML writes them. */
export type Value = string | number | boolean | Value[] | { [key: string]: Value };

/**
 * What a reader made of one program. `keys` are written to mainstay.yaml as they stand, so they use
 * its words and its units; a literal dollar sign in a template is already doubled.
 */
export interface Draft {
  name: string;
  /** `file:line` of what this was made from. */
  where: string;
  /** What the source says it is, for the comment above it. */
  title?: string;
  keys: DraftKeys;
  /** `file:line` of single environment variables, where that is not `where`. */
  places?: Map<string, string>;
  /** `file:line` of single keys, `restart_policy.delay` for those inside others. */
  keyPlaces?: Map<string, string>;
}

/** The keys of a service that readers can fill in, in the order in which they are written. */
export interface DraftKeys {
  type?: 'task';
  command?: string[];
  working_dir?: string;
  env_file?: string[];
  environment?: Record<string, string>;
  user?: string;
  group?: string;
  umask?: string;
  ulimits?: Record<string, Value>;
  resources?: Record<string, Value>;
  instances?: number;
  ports?: (number | string)[];
  depends_on?: Record<string, Dependency>;
  ready?: Record<string, Value>;
  healthcheck?: Record<string, Value>;
  watchdog?: string;
  restart?: 'no' | 'on-failure' | 'always' | 'unless-stopped';
  restart_policy?: Record<string, Value>;
  stop_signal?: string;
  stop_grace_period?: string;
  kill_mode?: 'group' | 'mixed' | 'process';
  logging?: Record<string, Value>;
  develop?: { watch: { path: string; action: 'restart'; ignore?: string[] }[] };
  schedule?: { restart: string };
}

export interface Dependency {
  condition: 'service_started' | 'service_healthy' | 'service_completed_successfully';
  restart?: boolean;
  required?: boolean;
}

/** Something the reader could not carry over exactly. */
export interface Note {
  /** `file:line` in the source. */
  where: string;
  /** The key and its value. */
  what: string;
  kind: 'dropped' | 'approximated' | 'advice';
  /** Why it could not be carried over, or how what was written differs. */
  why: string;
  /** What to do. */
  instead: string;
}

export type Format = 'docker-compose' | 'Procfile' | 'supervisord' | 'PM2' | 'systemd';

/** What every reader returns. */
export interface Imported {
  format: Format;
  /** Name of the project when the source gives one. */
  project: string | null;
  services: Draft[];
  /** Differences of named environments: environment → service → keys. */
  environments: Record<string, Record<string, DraftKeys>>;
  notes: Note[];
  /** Secrets stand literally in what was read: what is written is for its owner only. */
  secrets: boolean;
}

/** One text to read, and how to speak of it. */
export interface Source {
  /** Absolute path. */
  path: string;
  /** How messages name it: relative to where the person is. */
  label: string;
  text: string;
}

/** What a reader may ask of its surroundings. */
export interface Surroundings {
  /** Absolute directory in which mainstay.yaml will lie: relative paths are written relative to it. */
  target: string;
  /** Absolute path → how messages name it. */
  label(path: string): string;
  /** The text of a file that the source refers to, or null when there is none. */
  read(path: string): string | null;
  /** Names of the files in a directory that the source refers to, sorted; empty when there is none. */
  list(directory: string): string[];
}
