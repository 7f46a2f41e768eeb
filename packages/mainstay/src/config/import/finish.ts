import type { Notes } from './notes.ts';
import { noteSecrets } from './secrets.ts';
import type { Draft, DraftKeys, Format, Imported, Note } from './types.ts';
import { serviceName } from './values.ts';

/**
 * What all readers do at the end: names that mainstay allows, dependencies that exist and end
 * somewhere, ports that one service only has, and notes on secrets.
 */
export function finish(
  format: Format,
  project: string | null,
  drafts: Draft[],
  notes: Notes,
  environments: Imported['environments'] = {},
): Imported {
  const services = renamed(drafts, notes);
  // A secret or a dependency of an environment's service is looked at like that of any other.
  const extra = environmentDrafts(environments);
  dependencies([...services, ...extra], services, notes);
  ports([...services, ...extra], notes);
  noteSecrets([...services, ...extra.filter((draft) => draft.keys.environment)], notes);
  return {
    format,
    project: project === null ? null : serviceName(project),
    services,
    environments,
    notes: inOrder(notes.all),
  };
}

/** By file (in the order in which they were read), then by line. */
function inOrder(all: Note[]): Note[] {
  const files = [...new Set(all.map((note) => note.where.replace(/:\d+$/, '')))];
  const rank = (note: Note) =>
    [files.indexOf(note.where.replace(/:\d+$/, '')), Number(/\d+$/.exec(note.where)?.[0] ?? 0)] as const;
  return [...all].sort((a, b) => rank(a)[0] - rank(b)[0] || rank(a)[1] - rank(b)[1]);
}

const places = new WeakMap<DraftKeys, Pick<Draft, 'where' | 'places'>>();

/** Remembers where the keys of an environment's service come from, for notes on them. */
export function rememberPlace(keys: DraftKeys, place: Pick<Draft, 'where' | 'places'>): DraftKeys {
  places.set(keys, place);
  return keys;
}

function environmentDrafts(environments: Imported['environments']): Draft[] {
  return Object.values(environments).flatMap((services) =>
    Object.entries(services).map(([name, keys]) => ({ name, keys, where: '', ...places.get(keys) })),
  );
}

function renamed(drafts: Draft[], notes: Notes): Draft[] {
  const taken = new Set<string>();
  const names = new Map<string, string>();
  const services = drafts.map((draft) => {
    const wanted = serviceName(draft.name);
    let name = wanted;
    for (let n = 2; taken.has(name); n += 1) name = `${wanted}-${n}`;
    taken.add(name);
    if (name !== draft.name) {
      const why = name === wanted ? 'names have letters, digits, - and _ only' : 'the name is taken';
      notes.approximated(draft.where, `name ${draft.name}`, why, `it is called ${name} here`);
    }
    if (!names.has(draft.name)) names.set(draft.name, name);
    return { ...draft, name };
  });
  for (const { keys } of services) {
    if (!keys.depends_on) continue;
    keys.depends_on = Object.fromEntries(
      Object.entries(keys.depends_on).map(([name, condition]) => [names.get(name) ?? name, condition]),
    );
  }
  return services;
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

function ports(drafts: Draft[], notes: Notes): void {
  const taken = new Map<string, string>();
  for (const { name, where, keys } of drafts) {
    if (!keys.ports) continue;
    keys.ports = keys.ports.filter((port) => {
      const number = /(\d+)\+?$/.exec(String(port).replace(/\/(?:tcp|udp)$/, ''))?.[1] ?? String(port);
      const key = `${number}${String(port).endsWith('/udp') ? '/udp' : ''}`;
      const owner = taken.get(key);
      if (owner === undefined) {
        taken.set(key, name);
        return true;
      }
      if (owner !== name) {
        notes.dropped(
          where,
          `port ${port} of ${name}`,
          `${owner} has it already, and services share the machine's ports`,
          `let ${name} listen on another port and add it to its ports`,
        );
      }
      return false;
    });
    if (keys.ports.length === 0) delete keys.ports;
  }
}
