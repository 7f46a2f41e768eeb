/**
 * Whether the daemon's code is compiled for speed. The guardian starts it without V8's optimising compilers, for most daemons do
 * little, and little of the same: supervising and capturing 25 MB/s of logs costs a tenth more processor time without
 * them, and 47 instead of 59 MB of memory, which then does not grow with every function that has been called often enough.
 * Probing is what runs much JavaScript: many probes are worth it.
 */
import { setFlagsFromString } from 'node:v8';
import type { Plan } from '../../core/plan/index.ts';

const MANY_A_SECOND = 20;

/** Lets V8 compile from now on, where the plan is worth it; for as long as this process lives. */
export function compileWhereWorthIt(plan: Plan): void {
  if (probesPerSecond(plan) < MANY_A_SECOND) return;
  for (const compiler of ['opt', 'maglev']) setFlagsFromString(`--${compiler}`);
}

/** Of all checks, and of the healthchecks of all instances. */
export function probesPerSecond({ services, checks }: Plan): number {
  const each = [
    ...checks.map(({ interval }) => 1000 / interval),
    ...services.map(({ healthcheck, instances }) =>
      healthcheck === null ? 0 : (instances * 1000) / healthcheck.interval,
    ),
  ];
  return each.reduce((sum, rate) => sum + rate, 0);
}
