import { postpone } from '../life/index.ts';
import { LATE_MS } from '../machine/index.ts';
import { forgiveSilence } from '../watchdog/index.ts';
import { carry, lifeContext } from './drive.ts';
import type { Turn } from './turn.ts';

/**
 * A timer that rings late says that the daemon stood still, and so for how long at least. Another one may end on time,
 * in the same moment, and still nobody saw what it waits for: all of them are given that time. Those that were due
 * before it woke are of the same standstill.
 */
export function noticeLate(turn: Turn, due: number): void {
  const { world, now } = turn;
  const late = now.mono - due;
  if (late <= LATE_MS || due < world.wokeAt) return;
  world.wokeAt = now.mono;
  for (const instance of world.instances.values()) {
    carry(turn, instance, instance.life, postpone(instance.life, late, lifeContext(turn, instance)));
    instance.watchdog = forgiveSilence(instance.watchdog, late, now.mono);
  }
}
