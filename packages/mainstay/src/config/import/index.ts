/**
 * Reads the configuration of other supervisors for `mainstay init --from`: one reader for each format,
 * all of which make the same shape of it, and note exactly what mainstay.yaml has no place for.
 */
import { statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { MainstayError } from '@mainstay/protocol';
import { readCompose } from './compose/index.ts';
import { readPm2 } from './pm2/index.ts';
import { readProcfile } from './procfile.ts';
import { formatOfName, recognise, UNDERSTOOD } from './recognise.ts';
import { readSupervisord } from './supervisord/index.ts';
import { surroundings } from './surroundings.ts';
import { readSystemd } from './systemd/index.ts';
import type { Format, Imported, Source, Surroundings } from './types.ts';

export type { Dependency, Draft, DraftKeys, Format, Imported, Note, Value } from './types.ts';

/**
 * Reads a file or a directory of another supervisor.
 * @param from as the person wrote it
 * @param here directory in which the person is
 * @param target directory in which mainstay.yaml will lie
 * @throws MainstayError when it is missing, not understood (naming what is) or malformed (naming the place)
 */
export function importFrom(from: string, here: string, target: string): Imported {
  const around = surroundings(here, target);
  const path = resolve(here, from);
  const kind = statSync(path, { throwIfNoEntry: false });
  if (!kind)
    throw new MainstayError('usage', `cannot read ${from}: there is no such file`, `name one of: ${UNDERSTOOD}`);
  return kind.isDirectory() ? fromDirectory(path, around) : read([sourceOf(path, around)], around);
}

/** Files of other supervisors in a directory, by format, those first that their own program prefers. */
export function knownFiles(directory: string, names: string[]): Map<Format, string[]> {
  const found = new Map<Format, string[]>();
  for (const name of [...names].sort((a, b) => preference(a) - preference(b))) {
    const format = formatOfName(name);
    if (format) found.set(format, [...(found.get(format) ?? []), join(directory, name)]);
  }
  return found;
}

/** docker compose looks for compose.yaml first, and reads override files only on top. */
function preference(name: string): number {
  const order = [
    'compose.yaml',
    'compose.yml',
    'docker-compose.yaml',
    'docker-compose.yml',
    'Procfile',
    'supervisord.conf',
  ];
  const at = order.indexOf(name);
  return at < 0 ? order.length : at;
}

function fromDirectory(path: string, around: Surroundings): Imported {
  const known = knownFiles(path, around.list(path));
  const label = around.label(path);
  const [first, ...others] = known;
  if (!first) {
    throw new MainstayError(
      'usage',
      `cannot read ${label}: it has no file of a known format`,
      `name one of: ${UNDERSTOOD}`,
    );
  }
  if (others.length > 0) {
    const files = [...known.values()].map(([file = '']) => basename(file)).join(', ');
    throw new MainstayError(
      'usage',
      `cannot read ${label}: it has files of several formats: ${files}`,
      'name one of them with --from',
    );
  }
  const [format, files] = first;
  const chosen = format === 'systemd' ? files : files.slice(0, 1);
  const imported = read(
    chosen.map((file) => sourceOf(file, around)),
    around,
  );
  for (const file of format === 'systemd' ? [] : files.slice(1)) {
    imported.notes.push({
      where: `${around.label(file)}:1`,
      what: 'the whole file',
      kind: 'dropped',
      why: `${around.label(chosen[0] ?? '')} was read, one file at a time`,
      instead: `read it too with "mainstay init --from ${around.label(file)} --stdout" and put the parts together`,
    });
  }
  return imported;
}

function sourceOf(path: string, around: Surroundings): Source {
  const label = around.label(path);
  const text = around.read(path);
  if (text === null) throw new MainstayError('usage', `cannot read ${label}: there is no such file`);
  return { path, label, text: text.replace(/^\uFEFF/, '') };
}

function read(sources: Source[], around: Surroundings): Imported {
  const [source] = sources;
  if (!source) throw new MainstayError('internal', 'cannot read nothing');
  const format = recognise(source);
  const imported = dispatch(format, source, sources, around);
  if (imported.services.length > 0 || Object.keys(imported.environments).length > 0) return imported;
  const reasons = imported.notes.map((note) => `\n  ${note.where}: ${note.what}: ${note.why}; ${note.instead}`);
  throw new MainstayError(
    'config',
    `cannot make mainstay.yaml from ${source.label}: nothing in it is a program that mainstay could run${reasons.join('')}`,
    'start with "mainstay init" and write the commands yourself',
  );
}

function dispatch(format: Format, source: Source, sources: Source[], around: Surroundings): Imported {
  switch (format) {
    case 'docker-compose':
      return readCompose(source, around);
    case 'Procfile':
      return readProcfile(source, around);
    case 'supervisord':
      return readSupervisord(source, around);
    case 'PM2':
      return readPm2(source, around);
    case 'systemd':
      return readSystemd(sources, around);
  }
}
