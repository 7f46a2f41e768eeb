/**
 * Objectives: what is wanted of a service, whether what was seen meets it, and (`burn.ts`, over `downtime.ts`) whether its
 * error budget is being used up. Pure.
 */
export { askedOf } from './asked.ts';
export { LONGEST_WINDOW, TIERS, burningTiers, limitOf, nextBurnLook, type DownWithin, type TierName } from './burn.ts';
export { Downtime } from './downtime.ts';
export { repairsOf, verdictsOf, type Repairs, type Verdict } from './verdict.ts';
