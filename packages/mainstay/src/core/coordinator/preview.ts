import { splitInstanceId, type InstanceId } from '@mainstay/protocol';
import { describeStep, remedyOf, type RemedyLevel } from '../remedy/index.ts';
import type { Now } from '../world/index.ts';
import { holdOf } from './holds.ts';
import type { World } from './types.ts';

/**
 * What would be done now about a check (by name) or the healthcheck of an instance (by id), each step in words, and what keeps
 * the next of them from being done; null: nothing does.
 */
export function remedyPreview(
  world: World,
  now: Now,
  subject: string,
  level: RemedyLevel,
): { steps: string[]; held: string | null } {
  const watch = world.checks.get(subject);
  const instance = world.instances.get(subject as InstanceId) ?? null;
  const plan = watch?.plan ?? instance?.plan.healthcheck ?? null;
  if (plan === null) return { steps: [], held: null };
  const steps = remedyOf(plan)[level];
  const own = instance === null ? null : splitInstanceId(instance.id).service;
  const at = watch?.remedy ?? instance?.remedy;
  const next = steps[at?.level === level ? at.step : 0] ?? steps[0];
  const owner = { name: own ?? subject, instance, since: -Infinity };
  const hold = next === undefined ? null : holdOf({ world, now }, next, owner);
  return { steps: steps.map((step) => describeStep(step, own)), held: hold?.reason ?? null };
}
