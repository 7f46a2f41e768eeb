import { expand, type Lookup } from './template.ts';

/** Variables known only when an instance starts; they win over every other source. */
export const LATE_NAMES = ['INSTANCE', 'SERVICE'] as const;

/** Variables that every instance's environment has without anybody naming them. */
export const BASE_NAMES: ReadonlySet<string> = new Set(['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'TZ']);

/** Where a service's variables come from. */
export interface EnvironmentSources {
  /** `environment` of the service: templates. */
  environment: Readonly<Record<string, string>>;
  /** Contents of its `env_file`s, in order; later ones win. */
  envFiles: readonly Readonly<Record<string, string>>[];
  /** `.env` beside mainstay.yaml: for references only, programs do not receive it. */
  dotenv: Readonly<Record<string, string>>;
  /** The environment of mainstay itself: for references only. */
  process: Readonly<Record<string, string | undefined>>;
  /** `INSTANCE` and `SERVICE`, when they are known. */
  late: Readonly<Record<string, string>>;
}

/**
 * Looks variables up in `environment`, then the env files, then `.env`, then the environment of
 * mainstay. A value of `environment` that refers to its own name (`PATH: "/opt/bin:${PATH}"`) means
 * the one of the next source.
 */
export function serviceLookup(sources: EnvironmentSources): Lookup {
  const resolving = new Set<string>();
  const lookup: Lookup = (name) => {
    const late = own(sources.late, name);
    if (late !== undefined) return late;
    const template = own(sources.environment, name);
    if (template !== undefined && !resolving.has(name)) {
      resolving.add(name);
      const { value, missing } = expand(template, lookup);
      resolving.delete(name);
      return missing.length === 0 ? value : undefined;
    }
    for (let at = sources.envFiles.length - 1; at >= 0; at -= 1) {
      const value = own(sources.envFiles[at] ?? {}, name);
      if (value !== undefined) return value;
    }
    return own(sources.dotenv, name) ?? own(sources.process, name);
  };
  return lookup;
}

/**
 * The variables that a program receives: its env files, then `environment` with its templates
 * expanded. `missing` lists the names that no source has.
 */
export function expandEnvironment(sources: EnvironmentSources): { values: Record<string, string>; missing: string[] } {
  const values: Record<string, string> = Object.assign({}, ...sources.envFiles);
  const missing = new Set<string>();
  const lookup = serviceLookup(sources);
  for (const [name, template] of Object.entries(sources.environment)) {
    const inner: Lookup = (other) => (other === name ? below(sources, name) : lookup(other));
    const expanded = expand(template, inner);
    for (const unset of expanded.missing) missing.add(unset);
    values[name] = expanded.value;
  }
  return { values, missing: [...missing] };
}

/** The value of a name in the sources below `environment`. */
function below(sources: EnvironmentSources, name: string): string | undefined {
  return serviceLookup({ ...sources, environment: {} })(name);
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
