import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';

/** An entry of passwd(5). `name` is null for a number that nobody has. */
export interface User {
  name: string | null;
  uid: number;
  gid: number;
  home: string | null;
}

/** Looks a user up by name or number; null when there is none. */
export function findUser(nameOrUid: string): User | null {
  const entry = lookUp('passwd', nameOrUid);
  if (entry !== null) {
    const [name = null, , uid, gid, , home = null] = entry;
    return { name, uid: Number(uid), gid: Number(gid), home };
  }
  if (!/^\d+$/.test(nameOrUid)) return null;
  return { name: null, uid: Number(nameOrUid), gid: Number(nameOrUid), home: null };
}

/** Looks a group up by name or number; null when there is none. A number needs no entry. */
export function findGroup(nameOrGid: string): number | null {
  if (/^\d+$/.test(nameOrGid)) return Number(nameOrGid);
  const entry = lookUp('group', nameOrGid);
  return entry === null ? null : Number(entry[2]);
}

/** The user that this process runs as. */
export function ownUser(): User {
  const { username, uid, gid, homedir } = userInfo();
  return { name: username, uid, gid, home: homedir };
}

interface Database {
  modified: number;
  entries: Map<string, string[]>;
}

const databases = new Map<string, Database>();

/** Searches the file, kept in memory until it changes, then (for LDAP and the like) asks `getent` once. */
function lookUp(database: 'passwd' | 'group', key: string): string[] | null {
  const path = `/etc/${database}`;
  const modified = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  let known = databases.get(database);
  if (known === undefined || known.modified !== modified) {
    known = { modified, entries: modified === 0 ? new Map() : parse(readFileSync(path, 'utf8')) };
    databases.set(database, known);
  }
  const found = known.entries.get(key);
  if (found !== undefined) return found;
  const asked = spawnSync('getent', [database, key], { encoding: 'utf8', timeout: 5000 });
  if (asked.status !== 0) return null;
  const entry = parse(asked.stdout).get(key) ?? null;
  if (entry !== null) known.entries.set(key, entry);
  return entry;
}

/** Entries by name and by number; the first entry of a number counts, as in getpwuid. */
function parse(text: string): Map<string, string[]> {
  const entries = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const fields = line.split(':');
    const [name, , id] = fields;
    if (name === undefined || id === undefined || name.startsWith('#')) continue;
    for (const key of [name, id]) if (!entries.has(key)) entries.set(key, fields);
  }
  return entries;
}
