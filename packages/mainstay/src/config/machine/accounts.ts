import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Long enough for a directory server, short enough for a person. */
const LOOKUP_TIMEOUT_MS = 5000;

/**
 * The numeric id of a user, or null when there is none. Looks in /etc/passwd, then asks `id`, which also
 * knows the users of a directory server.
 */
export async function userId(name: string): Promise<number | null> {
  if (/^\d+$/.test(name)) return Number(name);
  return (await fromFile('/etc/passwd', name)) ?? (await ask('id', ['-u', '--', name], /^(\d+)$/));
}

/** The numeric id of a group, or null when there is none; looks in /etc/group, then asks `getent`. */
export async function groupId(name: string): Promise<number | null> {
  if (/^\d+$/.test(name)) return Number(name);
  return (await fromFile('/etc/group', name)) ?? (await ask('getent', ['group', '--', name], /^[^:]*:[^:]*:(\d+):/));
}

/** Names of all users or groups of the file, for suggestions. */
export async function accountNames(file: '/etc/passwd' | '/etc/group'): Promise<string[]> {
  return (await lines(file)).map((line) => line.split(':', 1)[0] ?? '').filter((name) => name !== '');
}

/** Both files have the id in their third field: `name:x:id:…` */
async function fromFile(file: string, name: string): Promise<number | null> {
  for (const line of await lines(file)) {
    const [own, , id] = line.split(':');
    if (own === name && id !== undefined && /^\d+$/.test(id)) return Number(id);
  }
  return null;
}

async function lines(file: string): Promise<string[]> {
  try {
    return (await readFile(file, 'utf8')).split('\n');
  } catch {
    return []; // A machine without the file knows its accounts from elsewhere.
  }
}

async function ask(program: string, args: string[], answer: RegExp): Promise<number | null> {
  try {
    const { stdout } = await run(program, args, { timeout: LOOKUP_TIMEOUT_MS });
    const id = answer.exec(stdout.trim())?.[1];
    return id === undefined ? null : Number(id);
  } catch {
    return null; // No such account, or no such program to ask.
  }
}
