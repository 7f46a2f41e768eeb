/** Reads systemd units: one file or all of a directory, with their drop-ins. */
import { basename, dirname, join } from 'node:path';
import { finish } from '../finish.ts';
import { brief, Notes } from '../notes.ts';
import type { Imported, Source, Surroundings } from '../types.ts';
import { readDependencies } from './dependencies.ts';
import { readUnit } from './service.ts';
import { parseUnit } from './unit.ts';
import type { Unit } from './unit.ts';

/**
 * @param sources `.service` files; `.timer`, `.socket` and `.path` files become notes
 * @throws MainstayError naming file, line and column
 */
export function readSystemd(sources: Source[], around: Surroundings): Imported {
  const notes = new Notes();
  const units = sources
    .filter((source) => triggerKind(source) === null)
    .map((source) => {
      const unit = withDropIns(source, around);
      return { unit, drafts: readUnit(unit, { around, notes }) };
    });
  for (const source of sources) noteTrigger(source, around, notes);
  readDependencies(units, notes);
  return finish(
    'systemd',
    null,
    units.flatMap(({ drafts }) => drafts),
    notes,
  );
}

function withDropIns(source: Source, around: Surroundings): Unit {
  const directory = `${source.path}.d`;
  const settings = parseUnit(source);
  for (const file of around.list(directory).filter((name) => name.endsWith('.conf'))) {
    const path = join(directory, file);
    const text = around.read(path);
    if (text !== null) settings.push(...parseUnit({ path, label: around.label(path), text }));
  }
  return { name: basename(source.path), source, settings };
}

/** `timer`, `socket` or `path` by the name of the file; null for a service. */
function triggerKind(source: Source): string | null {
  return /\.(timer|socket|path)$/.exec(source.path)?.[1] ?? null;
}

/** Units that start others: mainstay has nothing like them yet. */
function noteTrigger(source: Source, around: Surroundings, notes: Notes): void {
  const name = basename(source.path);
  const kind = triggerKind(source);
  if (kind === null) return;
  const settings = parseUnit(source);
  const target =
    settings.find(({ key }) => key === 'Unit' || key === 'Service')?.value ?? name.replace(/\.\w+$/, '.service');
  const service = target.replace(/\.service$/, '');
  const when = settings.filter(({ key }) => /^On|^Listen|^Path|^Directory/.test(key));
  const read = around.list(dirname(source.path)).includes(target);
  const instead =
    kind === 'timer'
      ? `keep the timer, or a line in a crontab${read ? `, and take ${service} out of mainstay.yaml: here it runs at every start` : ''}`
      : `let ${service} open what it listens on and run all the time`;
  notes.dropped(
    `${source.label}:${when[0]?.line ?? 1}`,
    `${name}: ${brief(when.map(({ key, value }) => `${key}=${value}`).join(' '))}`,
    kind === 'timer' ? 'mainstay starts nothing at a time of the day' : 'mainstay starts nothing on demand',
    instead,
  );
}
