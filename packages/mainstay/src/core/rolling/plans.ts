import type { ServicePlan } from '../plan/index.ts';
import type { Roll } from './types.ts';

/** The plan under which the next incarnation of an instance is to begin. */
export function planToRun({ name, from, to, changed, current }: Roll, index: number): ServicePlan {
  if (name === 'keeping') return to;
  if (name === 'back' && current?.index === index) return from;
  return changed.includes(index) ? to : from;
}

/** The plan under which incarnation number `incarnation` of an instance began. */
export function planOfIncarnation(roll: Roll, index: number, incarnation: number): ServicePlan {
  const { name, from, to, current } = roll;
  // Being replaced, and still the one from before.
  if (current?.index === index && incarnation <= current.since) return name === 'back' ? to : from;
  return planToRun(roll, index);
}
