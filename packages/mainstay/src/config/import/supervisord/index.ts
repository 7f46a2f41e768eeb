/** Reads supervisord.conf: programs, and notes on everything else that it may contain. */
import { dirname, join } from 'node:path';
import { finish } from '../finish.ts';
import { brief, Notes } from '../notes.ts';
import type { Draft, Imported, Source, Surroundings } from '../types.ts';
import { whole } from '../values.ts';
import { parseIni } from './ini.ts';
import type { IniSection } from './ini.ts';
import { readProgram } from './program.ts';

/** @throws MainstayError naming file, line and column */
export function readSupervisord(source: Source, around: Surroundings): Imported {
  const notes = new Notes();
  const sections = withIncluded(parseIni(source), around, notes);
  const groups = new Map<string, string>();
  for (const section of sections) {
    if (!section.name.startsWith('group:')) continue;
    const group = section.name.slice('group:'.length);
    for (const program of list(section.values.get('programs')?.value ?? '')) groups.set(program, group);
  }
  const main = sections.find((section) => section.name === 'supervisord');
  const drafts: Draft[] = [];
  const priorities: { name: string; priority: number; where: string }[] = [];
  for (const section of sections) {
    const [kind, name = ''] = section.name.split(/:(.*)/s);
    if (kind !== 'program') {
      noteSection(section, kind ?? '', name, notes);
      continue;
    }
    const draft = readProgram(name.trim(), section, { group: groups.get(name) ?? name, main, around, notes });
    drafts.push(draft);
    const priority = section.values.get('priority');
    const number = whole(priority?.value ?? null);
    if (priority && number !== null) {
      priorities.push({ name: draft.name, priority: number, where: `${priority.label}:${priority.line}` });
    }
  }
  notePriorities(priorities, notes);
  if (main) noteMain(main, drafts, notes);
  return finish('supervisord', null, drafts, notes);
}

/** The sections, those of `[include] files` after them. Patterns are relative to the file that includes. */
function withIncluded(sections: IniSection[], around: Surroundings, notes: Notes): IniSection[] {
  const all = [...sections];
  for (const section of sections) {
    const files = section.name === 'include' ? section.values.get('files') : undefined;
    if (!files) continue;
    const where = `${files.label}:${files.line}`;
    for (const pattern of files.value.split(/\s+/).filter((word) => word !== '')) {
      const expanded = pattern.replaceAll('%(here)s', dirname(section.path));
      const path = expanded.startsWith('/') ? expanded : join(dirname(section.path), expanded);
      const name = path.slice(path.lastIndexOf('/') + 1);
      const glob = new RegExp(
        `^${name
          .replace(/[.+^${}()|\\]/g, '\\$&')
          .replaceAll('*', '.*')
          .replaceAll('?', '.')}$`,
      );
      const found = around.list(dirname(path)).filter((file) => glob.test(file));
      if (found.length === 0) {
        notes.dropped(
          where,
          `include ${brief(pattern)}`,
          'no file has such a name here',
          'read the files where they are',
        );
      }
      for (const file of found) {
        const included = join(dirname(path), file);
        const text = around.read(included);
        if (text !== null) all.push(...parseIni({ path: included, label: around.label(included), text }));
      }
    }
  }
  return all;
}

function noteSection(section: IniSection, kind: string, name: string, notes: Notes): void {
  const where = `${section.label}:${section.line}`;
  const what = `[${section.name}]`;
  if (kind === 'group') {
    const programs = list(section.values.get('programs')?.value ?? '');
    notes.dropped(
      where,
      what,
      'services are not grouped',
      `name all of them: "mainstay restart ${programs.join(' ')}"`,
    );
    const priority = section.values.get('priority');
    if (priority)
      notes.dropped(
        `${priority.label}:${priority.line}`,
        `priority of ${what}`,
        'groups have no order',
        'use depends_on',
      );
  } else if (kind === 'eventlistener') {
    notes.dropped(
      where,
      what,
      "it speaks supervisord's event protocol",
      `do without ${name}: mainstay restarts what crashes or hangs, and "mainstay explain SERVICE" says why`,
    );
  } else if (kind === 'fcgi-program') {
    notes.dropped(
      where,
      what,
      'mainstay opens no sockets for programs',
      `let ${name} open its own socket (spawn-fcgi -n, php-fpm -F) and write it as a service with that command`,
    );
  } else if (kind === 'inet_http_server') {
    notes.dropped(
      where,
      what,
      'mainstay is controlled by its command line',
      'use "mainstay status", "mainstay restart"',
    );
  } else if (kind === 'rpcinterface' && name !== 'supervisor') {
    notes.dropped(where, what, 'plugins of supervisord do not work here', 'do without it');
  }
}

/** Lower priorities started first; mainstay starts in the order of dependencies. */
function notePriorities(priorities: { name: string; priority: number; where: string }[], notes: Notes): void {
  const sorted = [...priorities].sort((a, b) => a.priority - b.priority);
  for (const [index, program] of sorted.entries()) {
    const before = sorted.slice(0, index).filter((other) => other.priority < program.priority);
    const nearest = before.at(-1)?.priority;
    const names = before.filter((other) => other.priority === nearest).map((other) => other.name);
    notes.dropped(
      program.where,
      `priority=${program.priority} of ${program.name}`,
      'services start in the order of their dependencies',
      names.length === 0 ? 'nothing, it starts first' : `if it needs them: depends_on: [${names.join(', ')}]`,
    );
  }
}

function noteMain(main: IniSection, drafts: Draft[], notes: Notes): void {
  for (const [key, value] of main.values) {
    const where = `${value.label}:${value.line}`;
    if (key === 'user') {
      notes.advice(
        where,
        `user=${value.value}`,
        'mainstay runs as the user who starts it',
        `run mainstay as ${value.value}`,
      );
    } else if (key === 'minfds' || key === 'minprocs') {
      const limit = whole(value.value);
      const name = key === 'minfds' ? 'nofile' : 'nproc';
      for (const draft of drafts) if (limit !== null) draft.keys.ulimits = { ...draft.keys.ulimits, [name]: limit };
    } else if (key === 'umask') {
      for (const draft of drafts) draft.keys.umask ??= value.value;
    }
  }
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
