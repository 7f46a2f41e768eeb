/** Reads docker-compose.yml (Compose specification): programs instead of containers. */
import { dirname } from 'node:path';
import { sourceError } from '../errors.ts';
import { finish } from '../finish.ts';
import type { EnvironmentDraft } from '../finish.ts';
import { brief, Notes } from '../notes.ts';
import { entries, get, oneLine, parseTree, text, texts } from '../tree.ts';
import type { Tree } from '../tree.ts';
import type { Draft, Imported, Source, Surroundings } from '../types.ts';
import { serviceName } from '../values.ts';
import { resolveExtends } from './extends.ts';
import { localHosts } from './hosts.ts';
import { interpolate } from './interpolate.ts';
import { readService } from './service.ts';

const TOP: Record<string, [why: string, instead: string]> = {
  networks: ['services share the network of the machine', 'nothing'],
  volumes: [
    'programs here see the folders of the machine',
    'create a folder for each volume and name it to the program',
  ],
  secrets: ['programs here read the files of the machine', 'put the values into .env or into files (mode 0600)'],
  configs: ['programs here read the files of the machine', 'name the files to the programs'],
  include: [
    'other files are not read',
    'read each of them with "mainstay init --from FILE --stdout" and put the parts together',
  ],
  models: ['mainstay runs no models', 'run the model server as a service'],
};

/** @throws MainstayError naming file, line and column */
export function readCompose(source: Source, around: Surroundings): Imported {
  const notes = new Notes();
  const root = parseTree(source);
  const services = get(root, 'services');
  if (services?.kind !== 'map') {
    const line = root.kind === 'map' ? (root.entries.get('services')?.line ?? 1) : 1;
    throw sourceError(source.label, line, 1, 'it has no services', 'compose files have a map "services" at their top');
  }
  for (const [key, entry] of entries(root)) {
    const reason = TOP[key];
    if (!reason) continue;
    const names = entry.value.kind === 'map' ? [...entry.value.entries.keys()].join(', ') : oneLine(entry.value);
    notes.dropped(entry.at, `${key}: ${brief(names)}`, ...reason);
  }
  const name = text(get(root, 'name'));
  const project = name === null ? null : interpolate(name, `${source.label}:1`, notes);
  const drafts: Draft[] = [];
  const environments = new Map<string, EnvironmentDraft[]>();
  const names = [...services.entries.keys()];
  const tasks = tasksOf(services);
  for (const [service, entry] of services.entries) {
    const tree = resolveExtends({ source, tree: entry.value, services, around, notes }, [service]);
    const draft = readService(service, tree, entry.at, {
      source,
      directory: dirname(source.path),
      around,
      notes,
      tasks,
    });
    if (!draft) continue;
    localHosts(draft, names, notes);
    const profiles = texts(get(tree, 'profiles')).filter((profile) => profile !== '');
    if (profiles.length === 0) drafts.push(draft);
    for (const profile of profiles) {
      const environment = serviceName(profile);
      environments.set(environment, [...(environments.get(environment) ?? []), structuredClone(draft)]);
    }
    if (profiles.length > 0) {
      notes.approximated(
        draft.where,
        `profiles ${profiles.join(', ')} of ${service}`,
        'it became a service of an environment, and one environment is chosen at a time',
        `start it with "mainstay up --env ${serviceName(profiles[0] ?? '')}"`,
      );
    }
  }
  const always = drafts.length > 0 ? drafts : withoutProfiles(environments, notes);
  return finish('docker-compose', project?.includes('${') ? null : project, always, notes, environments);
}

/** A file needs a service that is always there: when all have profiles, they all are. */
function withoutProfiles(environments: Map<string, EnvironmentDraft[]>, notes: Notes): Draft[] {
  const drafts = new Map([...environments.values()].flat().map((draft) => [draft.name, draft]));
  environments.clear();
  for (const { where, name } of drafts.values()) {
    notes.approximated(
      where,
      `profiles of ${name}`,
      'every service of the file has profiles, and mainstay.yaml needs one without: it is always started here',
      'move what should not be to environments',
    );
  }
  return [...drafts.values()];
}

/** Names of the services that others want to have ended well. */
function tasksOf(services: Tree): Set<string> {
  const names = new Set<string>();
  for (const [, service] of entries(services)) {
    for (const [name, entry] of entries(get(service.value, 'depends_on'))) {
      if (text(get(entry.value, 'condition')) === 'service_completed_successfully') names.add(name);
    }
  }
  return names;
}
