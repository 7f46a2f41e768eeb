import { createHash, randomBytes } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { MainstayError } from '@mainstay/protocol';
import { formatKeys, KEY_PREFIX, keyLine, parseKeys, type ApiKey, type Scope } from '../../core/access/index.ts';

/** A new key, and what is kept of it. */
export function makeKey(name: string, scope: Scope, created: string): { key: string; entry: ApiKey } {
  const key = `${KEY_PREFIX}${randomBytes(32).toString('base64url')}`;
  return { key, entry: { name, scope, hash: createHash('sha256').update(key).digest('hex'), created } };
}

/**
 * The keys in a file; none when there is no file.
 * @throws MainstayError `config` when it cannot be read, or holds something else
 */
export async function readKeyFile(file: string): Promise<ApiKey[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw new MainstayError('config', `cannot read ${file}: ${error.message}`, null, { cause: error });
  });
  const { keys, badLines } = parseKeys(text);
  if (badLines.length === 0) return keys;
  throw new MainstayError('config', `cannot read ${file}:${badLines[0]}: the line is no key`, 'remove the line');
}

/**
 * Adds a key; the others are not touched, whoever adds one at the same time.
 * @throws MainstayError `refused` when the name is taken
 */
export async function addKey(file: string, entry: ApiKey): Promise<void> {
  const keys = await readKeyFile(file);
  if (keys.some(({ name }) => name === entry.name)) {
    const hint = `mainstay keys remove ${entry.name}, or choose another name`;
    throw new MainstayError('refused', `cannot add ${entry.name}: there is a key of that name`, hint);
  }
  await using handle = await writable(file, 'a');
  await handle.appendFile(keys.length === 0 ? formatKeys([entry]) : `\n${keyLine(entry)}`);
  await handle.sync();
}

/** Removes a key; returns null, or the names there are when it is none of them. */
export async function removeKey(file: string, name: string): Promise<string[] | null> {
  const keys = await readKeyFile(file);
  const left = keys.filter((key) => key.name !== name);
  if (left.length === keys.length) return keys.map((key) => key.name);
  await replace(file, formatKeys(left));
  return null;
}

/** The file is the old one or the new one, whatever happens between. */
async function replace(file: string, text: string): Promise<void> {
  const next = `${file}.${process.pid}.new`;
  try {
    await using handle = await writable(next, 'wx');
    await handle.writeFile(text);
    await handle.sync();
    await rename(next, file);
  } finally {
    await rm(next, { force: true });
  }
}

async function writable(file: string, flags: string): ReturnType<typeof open> {
  try {
    return await open(file, flags, 0o600);
  } catch (error) {
    throw new MainstayError('config', `cannot write ${file}: ${(error as Error).message}`, null, { cause: error });
  }
}
