/** The thread that owns the store's file. */
import { Worker } from 'node:worker_threads';
import { workerUrl } from './worker-url.ts';

/** Enough for a group of changes and a long answer; V8 would otherwise let garbage pile up. Megabytes. */
const LIMITS = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 4 };

let ahead: Worker | null = null;

function start(): Worker {
  return new Worker(workerUrl(), { name: 'mainstay store', resourceLimits: LIMITS });
}

/**
 * Starts a thread before it is known what for: it is there when everything else is, on a second processor. It touches
 * nothing until it is told to open a file.
 */
export function startThreadAhead(): void {
  ahead ??= start();
  // It alone keeps no daemon alive.
  ahead.unref();
}

/** A thread for a store; the one started ahead, if nobody has it yet. */
export function takeThread(): Worker {
  const worker = ahead ?? start();
  ahead = null;
  worker.ref();
  return worker;
}
