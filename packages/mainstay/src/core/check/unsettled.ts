import type { CheckState } from './types.ts';

/**
 * Whether the next result is worth more than an ordinary one: it is not well, or its newest results say something else than what is
 * confirmed. Whoever checks rarely looks sooner then.
 */
export function isUnsettled({ name, failures, troubles, passes, unknowns }: CheckState): boolean {
  if (name === 'pass') return troubles > 0 || unknowns > 0;
  if (name === 'warn') return failures > 0 || passes > 0 || unknowns > 0;
  return name !== 'idle';
}
