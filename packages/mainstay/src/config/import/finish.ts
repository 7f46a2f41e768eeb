import type { Notes } from './notes.ts';
import { uniquePorts } from './ports.ts';
import { noteSecrets } from './secrets.ts';
import type { Draft, Format, Imported, Note } from './types.ts';
import { keepValid } from './validate.ts';
import { serviceName } from './values.ts';

/** A service of a named environment: one of its own, or differences of one that is always there. */
export interface EnvironmentDraft extends Draft {
  /** The service of which this holds the differences. */
  base?: Draft;
}

/**
 * What all readers do at the end: names that mainstay allows, dependencies that exist and end
 * somewhere, values that it accepts, ports that one service only has, and notes on secrets.
 * @param environments by the name of the environment
 */
export function finish(
  format: Format,
  project: string | null,
  drafts: Draft[],
  notes: Notes,
  environments: ReadonlyMap<string, EnvironmentDraft[]> = new Map(),
): Imported {
  const services = drafts.filter((draft) => hasCommand(draft, notes));
  const extra = [...environments.values()].flat();
  rename(services, extra, notes);
  const all = [...services, ...extra];
  dependencies(all, services, notes);
  for (const draft of all) keepValid(draft, notes);
  uniquePorts(all, notes);
  const secrets = noteSecrets(all, notes);
  return {
    format,
    project: project === null ? null : serviceName(project),
    services,
    environments: Object.fromEntries(
      [...environments].map(([name, own]) => [name, Object.fromEntries(own.map((draft) => [draft.name, draft.keys]))]),
    ),
    notes: inOrder(notes.all),
    secrets,
  };
}

/** By file (in the order in which they were read), then by line. */
function inOrder(all: Note[]): Note[] {
  const files = [...new Set(all.map((note) => note.where.replace(/:\d+$/, '')))];
  const rank = (note: Note) =>
    [files.indexOf(note.where.replace(/:\d+$/, '')), Number(/\d+$/.exec(note.where)?.[0] ?? 0)] as const;
  return [...all].sort((a, b) => rank(a)[0] - rank(b)[0] || rank(a)[1] - rank(b)[1]);
}

function hasCommand({ name, where, keys }: Draft, notes: Notes): boolean {
  if (keys.command?.[0]) return true;
  notes.dropped(where, `service ${name}`, 'its command is empty', 'add it with its command');
  return false;
}

/** Gives every service a name that is allowed and its own, and lets dependencies follow. */
function rename(services: Draft[], extra: EnvironmentDraft[], notes: Notes): void {
  const taken = new Set<string>();
  const names = new Map<string, string>();
  const give = (draft: Draft) => {
    const wanted = serviceName(draft.name);
    let name = wanted;
    for (let n = 2; taken.has(name); n += 1) name = `${wanted}-${n}`;
    taken.add(name);
    if (name !== draft.name) {
      const why = name === wanted ? nameReason(draft.name) : 'the name is taken';
      notes.approximated(draft.where, `name ${draft.name}`, why, `it is called ${name} here`);
    }
    if (!names.has(draft.name)) names.set(draft.name, name);
    draft.name = name;
  };
  for (const draft of services) give(draft);
  for (const draft of extra) {
    if (draft.base) draft.name = draft.base.name;
    else if (names.has(draft.name)) draft.name = names.get(draft.name) ?? draft.name;
    else give(draft);
  }
  for (const { keys } of [...services, ...extra]) {
    if (!keys.depends_on) continue;
    const renamed = Object.entries(keys.depends_on).map(([name, condition]) => [names.get(name) ?? name, condition]);
    keys.depends_on = Object.fromEntries(renamed);
  }
}

function nameReason(name: string): string {
  return /^[A-Za-z0-9][\w-]{0,59}$/.test(name)
    ? 'mainstay writes a log file of that name itself'
    : 'names have letters, digits, - and _ only, and at most 60 of them';
}

function dependencies(all: Draft[], always: Draft[], notes: Notes): void {
  const byName = new Map(all.map((draft) => [draft.name, draft]));
  const lasting = new Set(always.map((draft) => draft.name));
  for (const draft of all) {
    const wanted = draft.keys.depends_on ?? {};
    for (const [name, dependency] of Object.entries(wanted)) {
      const target = byName.get(name);
      if (!target || (lasting.has(draft.name) && !lasting.has(name))) {
        delete wanted[name];
        notes.dropped(
          draft.where,
          `dependency of ${draft.name} on ${name}`,
          target ? `${name} belongs to an environment only` : `${name} is not a service here`,
          `add the service ${name}, and name it in depends_on`,
        );
        continue;
      }
      if (dependency.condition === 'service_healthy' && !target.keys.healthcheck && !target.keys.ready) {
        dependency.condition = 'service_started';
        notes.approximated(
          draft.where,
          `dependency of ${draft.name} on a healthy ${name}`,
          `${name} has no healthcheck in this file, so it is only waited for until it has started`,
          `give ${name} a healthcheck and write condition: service_healthy`,
        );
      }
      if (dependency.condition === 'service_completed_successfully') target.keys.type = 'task';
    }
    if (Object.keys(wanted).length === 0) delete draft.keys.depends_on;
  }
  for (const draft of all) breakCycles(draft, byName, [], notes);
}

function breakCycles(draft: Draft, byName: Map<string, Draft>, path: string[], notes: Notes): void {
  const here = [...path, draft.name];
  for (const name of Object.keys(draft.keys.depends_on ?? {})) {
    const start = here.indexOf(name);
    if (start >= 0) {
      delete draft.keys.depends_on?.[name];
      notes.dropped(
        draft.where,
        `dependency of ${draft.name} on ${name}`,
        `services would wait for each other: ${[...here.slice(start), name].join(' → ')}`,
        'decide which of them starts first',
      );
    } else {
      const target = byName.get(name);
      if (target) breakCycles(target, byName, here, notes);
    }
  }
  if (draft.keys.depends_on && Object.keys(draft.keys.depends_on).length === 0) delete draft.keys.depends_on;
}
