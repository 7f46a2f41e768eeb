import type { Exit } from '@mainstay/protocol';
import type { Look } from '../../../ports/index.ts';
import { troubleOf, type Container } from '../../kit/engine/index.ts';

export const MISSING: Look = {
  is: 'missing',
  life: '',
  pid: 0,
  startedAt: 0,
  exit: null,
  restarts: 0,
  why: '',
  hint: 'create it (docker create, docker compose create); mainstay does not',
  competes: null,
};

/** States in which its program lives; a paused one does, and stands still. */
const LIVES = new Set(['running', 'paused']);

/** What a container's state means; a life is the container and when it was started. */
export function lookOf(container: Container): Omit<Look, 'exit' | 'competes'> {
  const { id, pid, status, startedAt, restarts } = container;
  const hasLived = Number.isFinite(startedAt) && startedAt > 0;
  return {
    is: LIVES.has(status) ? 'running' : status === 'restarting' ? 'restarting' : 'down',
    life: hasLived ? `${id.slice(0, 12)}@${startedAt}` : '',
    pid,
    startedAt: hasLived ? startedAt : 0,
    restarts: status === 'restarting' ? Math.max(1, restarts) : restarts,
    why: troubleOf(container) ?? 'it runs',
    hint: null,
  };
}

/** @param code of the last death that was heard of: a container that runs again says nothing of the one before */
export function exitOf(container: Container, code: number | undefined): Exit | null {
  const { status, exitCode, outOfMemory, memoryLimit, startedAt } = container;
  if (LIVES.has(status)) return code === undefined ? null : { code, signal: null, known: true };
  if (!Number.isFinite(startedAt) || startedAt <= 0) return null;
  const exit: Exit = { code: exitCode, signal: null, known: true };
  if (!outOfMemory) return exit;
  return { ...exit, outOfMemory: { by: 'kernel', limit: memoryLimit === 0 ? null : memoryLimit, main: true } };
}
