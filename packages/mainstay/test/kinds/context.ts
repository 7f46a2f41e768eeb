import type { InstanceFacts, ProbeContext } from '../../src/ports/index.ts';

/** A context as the daemon makes it: the signal is the deadline, or `cancel`. */
export function context(
  options: {
    timeoutMs?: number;
    environment?: Record<string, string>;
    cancel?: AbortSignal;
    /** Of the runs before. */
    memory?: Record<string, unknown>;
    services?: Record<string, InstanceFacts[]>;
  } = {},
): ProbeContext {
  const timeoutMs = options.timeoutMs ?? 30_000;
  const deadline = AbortSignal.timeout(timeoutMs);
  return {
    timeoutMs,
    signal: options.cancel === undefined ? deadline : AbortSignal.any([deadline, options.cancel]),
    environment: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', ...options.environment },
    asUser: [],
    workingDirectory: import.meta.dirname,
    monotonicMs: () => performance.now(),
    wallMs: () => Date.now(),
    memory: options.memory ?? {},
    service: (name) => options.services?.[name] ?? null,
  };
}

/** Waits for something to become true; fails after a generous time. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 1500; attempt += 1) {
    if (await holds()) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
  throw new Error(`did not happen within 30 s: ${what}`);
}
