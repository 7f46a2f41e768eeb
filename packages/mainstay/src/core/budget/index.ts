/**
 * The host-wide restart budget: at most `restarts` restarts nobody asked for in any `window`, so that
 * a storm of crashing services cannot take the host down. A restart beyond it waits; none is lost.
 */
export interface BudgetPlan {
  restarts: number;
  /** ms */
  window: number;
}

/** Monotonic ms of the restarts in the window, oldest first. */
export type BudgetState = readonly number[];

/** How long until a restart is free, ms; 0: one is. */
export function waitForRestart(state: BudgetState, plan: BudgetPlan, now: number): number {
  return takeRestart(state, plan, now).waitMs;
}

/**
 * Takes one restart out of the budget. `waitMs` 0: granted (and counted); otherwise how long until
 * one is free, and nothing is counted.
 */
export function takeRestart(state: BudgetState, plan: BudgetPlan, now: number): { state: BudgetState; waitMs: number } {
  const recent = state.filter((at) => now - at < plan.window);
  const first = recent[recent.length - plan.restarts];
  if (recent.length >= plan.restarts && first !== undefined)
    return { state: recent, waitMs: Math.max(1, first + plan.window - now) };
  return { state: [...recent, now], waitMs: 0 };
}
