import { createHmac, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { MainstayError } from '@mainstay/protocol';

/** The file of the one secret that those of all heartbeats are made from: beside the keys, because addresses are to outlive the state directory. */
export function heartbeatKeyFile(keysFile: string): string {
  return `${keysFile}.heartbeats`;
}

/** The secret in the address of one heartbeat. Who knows it knows nothing of the others. */
export function pingSecret(key: string, name: string): string {
  return createHmac('sha256', key).update(`heartbeat ${name}`).digest().subarray(0, 24).toString('base64url');
}

/**
 * What is in the file; it is made when it is not there.
 * @throws MainstayError `config` when it can neither be read nor written
 */
export async function readOrMakeKey(file: string): Promise<string> {
  try {
    await writeFile(file, `${randomBytes(32).toString('base64url')}\n`, { flag: 'wx', mode: 0o600, flush: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unusable('write', file, error);
  }
  const key = await readFile(file, 'utf8').then(
    (text) => text.trim(),
    (error: unknown) => {
      throw unusable('read', file, error);
    },
  );
  if (key !== '') return key;
  throw new MainstayError(
    'config',
    `cannot read ${file}: it is empty`,
    'remove it; addresses of heartbeats change then',
  );
}

function unusable(verb: string, file: string, error: unknown): MainstayError {
  return new MainstayError('config', `cannot ${verb} ${file}: ${(error as Error).message}`, null, { cause: error });
}
