import { readFileSync } from 'node:fs';
import { instanceId, splitInstanceId } from '@mainstay/protocol';
import {
  expand,
  expandEnvironment,
  parseDotenv,
  serviceLookup,
  type EnvironmentSources,
  type Lookup,
} from '../../core/template/index.ts';
import type { ServicePlan } from '../../core/plan/index.ts';
import type { SpawnFailure, SpawnSpec } from '../../ports/index.ts';
import { accountNamed, accountOf, accountVariables } from './account.ts';
import { spawnFailure } from './failure.ts';
import type { Program } from './prepare.ts';

export interface ProgramSourceOptions {
  /** Directory of mainstay.yaml; its `.env` answers references. Asked at each start: a plan may be replaced. */
  directory: () => string;
  /** The daemon's own environment: it answers references too, and no program receives it. */
  process: Readonly<Record<string, string | undefined>>;
}

/**
 * Expands a service's command and environment when it is started. Files are read each time, so that a restart
 * takes up what changed in them.
 */
export function createProgramSource(options: ProgramSourceOptions): (spec: SpawnSpec) => Program | SpawnFailure {
  return (spec) => {
    const { service } = spec;
    const { service: name, index } = splitInstanceId(spec.instance);
    const envFiles: Record<string, string>[] = [];
    for (const path of service.envFiles) {
      const read = readVariables(spec, path);
      if ('failure' in read) return read.failure;
      envFiles.push(read.values);
    }
    const dotenv = readVariables(spec, `${options.directory()}/.env`, {});
    if ('failure' in dotenv) return dotenv.failure;
    const late = { INSTANCE: String(index), SERVICE: name };
    const sources: EnvironmentSources = {
      environment: service.environment,
      envFiles,
      dotenv: dotenv.values,
      process: options.process,
      late,
    };
    const { values, missing } = expandEnvironment(sources);
    const unset = new Set(missing);
    const lookup = serviceLookup(sources);
    const command = service.command.map((word) => {
      const expanded = expand(word, lookup);
      for (const variable of expanded.missing) unset.add(variable);
      return expanded.value;
    });
    const [first, ...others] = unset;
    if (first === undefined) return { command, environment: values };
    const why = others.length === 0 ? `the variable ${first} is not set` : `not set: ${[...unset].join(', ')}`;
    return spawnFailure(spec, 'unset-variable', why, 'set it in environment, env_file or .env');
  };
}

/** The environment of an instance as far as it can be known, and how references are looked up: for its probes. */
export interface KnownEnvironment {
  values: Record<string, string>;
  lookup: Lookup;
  /** Words before a command that make it run as the service's user. */
  asUser: string[];
}

/** Words before a command that keep it from being run. */
const CANNOT_CHANGE = ['sh', '-c', 'echo "cannot become the user of the service" >&2; exit 126', '--'];

/**
 * Like a start's environment and account, but what cannot be read is left out: a probe says itself what
 * it lacks. A user that cannot be changed to keeps the probe's program from being run (exit code 126), never run as root instead.
 */
export function knownEnvironment(
  options: ProgramSourceOptions & { base: Readonly<Record<string, string>> },
  service: ServicePlan,
  index: number,
): KnownEnvironment {
  const sources: EnvironmentSources = {
    environment: service.environment,
    envFiles: service.envFiles.map(readOrNothing),
    dotenv: readOrNothing(`${options.directory()}/.env`),
    process: options.process,
    late: { INSTANCE: String(index), SERVICE: service.name },
  };
  const account = accountOf({ instance: instanceId(service.name, index), incarnation: 0, service, keepExit: false });
  const known = 'reason' in account ? null : account;
  return {
    values: {
      ...options.base,
      ...(known === null ? {} : accountVariables(known)),
      ...expandEnvironment(sources).values,
    },
    lookup: serviceLookup(sources),
    asUser: known === null ? CANNOT_CHANGE : known.prefix,
  };
}

/** The same for checks that belong to no service: they have no variables of their own, and run as mainstay does, or as `user`. */
export function projectEnvironment(
  options: ProgramSourceOptions & { base: Readonly<Record<string, string>> },
  userName: string | null = null,
): KnownEnvironment {
  const dotenv = readOrNothing(`${options.directory()}/.env`);
  const account = accountNamed(userName, null);
  const known = 'why' in account ? null : account;
  const own = known === null ? {} : accountVariables(known);
  return {
    values: { ...options.base, ...own },
    lookup: serviceLookup({ environment: {}, envFiles: [], dotenv, process: options.process, late: {} }),
    asUser: known === null ? CANNOT_CHANGE : known.prefix,
  };
}

function readOrNothing(path: string): Record<string, string> {
  try {
    return parseDotenv(readFileSync(path, 'utf8')).values;
  } catch {
    return {};
  }
}

type Read = { values: Record<string, string> } | { failure: SpawnFailure };

/** The variables of a file; `absent` is what a file that does not exist is taken for. */
function readVariables(spec: SpawnSpec, path: string, absent?: Record<string, string>): Read {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && absent !== undefined) return { values: absent };
    if (code === 'ENOENT') return { failure: spawnFailure(spec, 'other', `${path} (env_file) does not exist`) };
    if (code === 'EACCES') return { failure: spawnFailure(spec, 'permission', `mainstay may not read ${path}`) };
    return { failure: spawnFailure(spec, 'other', `${path} cannot be read (${code ?? 'unknown error'})`) };
  }
  const { values, problems } = parseDotenv(text);
  const [problem] = problems;
  if (problem === undefined) return { values };
  return { failure: spawnFailure(spec, 'other', `${path}:${problem.line} ${problem.reason}`) };
}
