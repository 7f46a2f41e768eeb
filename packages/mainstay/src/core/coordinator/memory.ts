import { describeBytes, describeOutOfMemory, type InstanceId } from '@mainstay/protocol';
import { stepMemory, type MemoryEvent } from '../memory/index.ts';
import { driveLife } from './drive.ts';
import { label, record, type Turn } from './turn.ts';
import type { InstanceState } from './types.ts';

/** Drives the watch over an instance's memory; what exceeds its limit is ended as what hangs is. */
export function driveMemory(turn: Turn, instance: InstanceState, event: MemoryEvent): void {
  const limit = instance.plan.resources.memory;
  if (limit === null) return;
  const moved = stepMemory(instance.memory, event, { limit }, turn.tables.memory);
  instance.memory = moved.state;
  for (const { bytes } of moved.effects) {
    const reason = `${describeOutOfMemory({ limit })}: it used ${describeBytes(bytes)}`;
    record(turn, 'instance.out-of-memory', `${label(turn, instance)}: ${reason}`, instance, { limit, bytes });
    driveLife(turn, instance, {
      type: 'hung',
      incarnation: instance.life.incarnation,
      reason,
      outOfMemory: { by: 'mainstay', limit, main: true },
    });
  }
}

/** What an incarnation was seen to use. */
export function measured(turn: Turn, instance: InstanceState, incarnation: number, bytes: number): void {
  const { phase } = instance.life;
  if (incarnation !== instance.life.incarnation || (phase !== 'ready' && phase !== 'running')) return;
  driveMemory(turn, instance, { type: 'measured', bytes });
}

/** Notes that the kernel killed processes of an instance that lives on. */
export function recordOomKill(
  turn: Turn,
  instance: InstanceState,
  event: { instance: InstanceId; incarnation: number; kills: number; limit: number | null },
): void {
  const { kills, limit } = event;
  const which = kills === 1 ? 'one of its processes was' : `${kills} of its processes were`;
  const message = `${label(turn, instance)}: ${which} killed: ${describeOutOfMemory({ limit })}; the others live on`;
  record(turn, 'instance.out-of-memory', message, instance, { kills, limit });
}
