import path from 'node:path';
import type { Clock } from '../../ports/index.ts';
import { atomicWrite } from '../../host/files/index.ts';

/** What a new version must live through before it is trusted, ms. */
const TRIAL_MS = 3_000;

/**
 * The end of an upgrade: once this daemon has listened for a while and still answers, it says so to its guardian by
 * writing its pid into `run/proved`. Until then the old version may come back.
 */
export function proveItself(state: string, socket: string, clock: Clock, failed: (error: unknown) => void): void {
  clock.after(TRIAL_MS, () => {
    answers(socket)
      .then(() => atomicWrite(path.join(state, 'run', 'proved'), `${process.pid}\n`, 0o600))
      .catch(failed);
  });
}

async function answers(socketPath: string): Promise<void> {
  const { default: http } = await import('node:http');
  const status = await new Promise<number>((resolve, reject) => {
    http
      .get({ socketPath, path: '/status', agent: false }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode ?? 0));
      })
      .once('error', reject);
  });
  if (status !== 200) throw new Error(`the interface answers with status ${status}`);
}
