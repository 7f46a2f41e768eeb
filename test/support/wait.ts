import { setTimeout as delay } from 'node:timers/promises';

/** Long enough for a machine that is busy with something else. */
const DEADLINE_MS = 90_000;
const LOOK_MS = 50;

/**
 * Waits until something holds.
 * @param state asked for when it never does: what a person wants to know then
 * @throws Error after a minute and a half
 */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  state: () => string | Promise<string> = () => '',
): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    if (await holds()) return;
    if (performance.now() > deadline)
      throw new Error(`did not happen within ${DEADLINE_MS / 1000} s: ${what}\n${await state()}`);
    await delay(LOOK_MS);
  }
}
