import { z } from 'zod';
import { field, mapping } from './field.ts';
import { type CheckKinds, targetShape, timing } from './healthcheck.ts';
import { dryRun, onFailure, onWarn } from './remedy.ts';
import { limits } from './threshold.ts';

const { interval, timeout, retries, successes, start_period: startPeriod, start_interval: startInterval } = timing;

const built = new WeakMap<CheckKinds, ReturnType<typeof buildCheck>>();

/** One entry of `checks`. */
export function checkSchema(kinds: CheckKinds): ReturnType<typeof buildCheck> {
  let schema = built.get(kinds);
  if (schema === undefined) built.set(kinds, (schema = buildCheck(kinds)));
  return schema;
}

function buildCheck(kinds: CheckKinds) {
  const { targets, beside } = targetShape(kinds);
  return mapping('a check', 'What to check, when, and what follows.', {
    ...targets,
    ...beside,
    interval,
    timeout,
    retries,
    successes,
    start_period: startPeriod,
    start_interval: startInterval,
    ...limits,
    depends_on: z
      .array(field('A check or a service.', { 'x-form': 'name', type: 'string' }, asName))
      .meta({
        description:
          'Checks and services without which this one says nothing: while one of them is down, it is not run.',
      })
      .prefault([]),
    on_failure: onFailure,
    on_warn: onWarn,
    dry_run: dryRun,
  });
}

function asName(raw: unknown): { value: string } {
  return { value: String(raw) };
}
