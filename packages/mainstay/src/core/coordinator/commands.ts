import type { Desired, InstanceId } from '@mainstay/protocol';
import { stepWindow } from '../maintenance/index.ts';
import { driveLife } from './drive.ts';
import { applyPlan } from './apply.ts';
import { isLeftRunning } from './untouchable.ts';
import { followersOf, restartOne, restartPlanned, rolls } from './follow.ts';
import { reload } from './reload.ts';
import { carryWindow, driveWindow } from './windows.ts';
import { label, record, touch, touchAll, type Turn } from './turn.ts';
import type { Command, InstanceState } from './types.ts';

/** What makes no sense where mainstay only observes: whoever asks has been told so, and schedules ask in vain. */
const ASKS_TO_TOUCH: ReadonlySet<Command['type']> = new Set(['start', 'stop', 'restart', 'reload']);

/** Carries out what an operator (or a schedule) asks for. */
export function command(turn: Turn, event: Command): void {
  const { world } = turn;
  if (world.plan.observe && ASKS_TO_TOUCH.has(event.type)) return;
  switch (event.type) {
    case 'start':
      for (const name of turn.graph.closure(namesOf(turn, event.services))) {
        want(turn, name, 'running');
        each(turn, [name], (instance) => afresh(turn, instance, event.reason));
      }
      return;
    case 'stop':
      each(turn, event.services, (instance) => {
        record(turn, 'intent.stop', `${label(turn, instance)}: stop asked for (${event.reason})`, instance);
      });
      for (const name of namesOf(turn, event.services)) want(turn, name, 'stopped');
      if (event.now)
        each(turn, event.services, (instance) =>
          driveLife(turn, instance, { type: 'stop', now: true, reason: event.reason }),
        );
      return;
    case 'restart':
      restart(turn, event.services, event.reason, event.planned === true);
      return;
    case 'reload':
      reload(turn, event);
      return;
    case 'down':
      world.goal = 'down';
      world.hurry ||= event.now;
      record(turn, 'daemon.stopping', event.reason);
      if (event.now)
        for (const instance of world.instances.values())
          if (!isLeftRunning(world, instance))
            driveLife(turn, instance, { type: 'stop', now: true, reason: event.reason });
      touchAll(turn);
      return;
    case 'apply':
      applyPlan(turn, event);
      return;
    case 'maintain':
      if (world.windows.has(event.window.id)) return;
      carryWindow(
        turn,
        stepWindow({ name: 'open', window: event.window }, { type: 'tick' }, turn.now.wall, turn.tables.window),
      );
      if (world.windows.has(event.window.id)) {
        if (event.window.source === 'operator') turn.effects.push({ type: 'save-window', window: event.window });
        const of = event.window.services.length === 0 ? 'everything' : event.window.services.join(', ');
        record(
          turn,
          'maintenance.started',
          `maintenance of ${of} by ${event.window.owner}: ${event.window.reason}`,
          null,
          {
            id: event.window.id,
            until: event.window.until,
          },
        );
      }
      return;
    case 'end-maintenance':
      driveWindow(turn, event.id, { type: 'end' });
  }
}

/** Restarts on purpose; `planned` ones (a schedule, a saved file) leave what is not running alone, and roll. */
function restart(turn: Turn, services: string[], reason: string, planned: boolean): void {
  const names = namesOf(turn, services);
  if (planned) {
    // Of what rolls, they follow when it is over.
    const atOnce = names.filter((name) => !rolls(turn, name) && turn.world.services.get(name)?.desired === 'running');
    restartPlanned(turn, [...names, ...followersOf(turn, atOnce)], reason);
    return;
  }
  const followers = followersOf(turn, names);
  for (const name of turn.graph.closure(names)) want(turn, name, 'running');
  each(turn, services, (instance) => restartOne(turn, instance, reason));
  if (followers.length > 0) each(turn, followers, (instance) => restartOne(turn, instance, reason));
}

function afresh(turn: Turn, instance: InstanceState, reason: string): void {
  // A task that is done stays done when only something that needs it is started.
  if (instance.life.phase === 'completed' && instance.plan.type === 'task') return;
  if (instance.life.phase !== 'ready')
    record(turn, 'intent.start', `${label(turn, instance)}: start asked for (${reason})`, instance);
  driveLife(turn, instance, { type: 'start', reason });
}

function want(turn: Turn, name: string, desired: Desired): void {
  const service = turn.world.services.get(name);
  if (service === undefined) return;
  service.desired = desired;
  turn.effects.push({ type: 'intent', service: name, desired });
  touch(turn, name);
}

/** Service names of names of services or instances; empty means all. */
function namesOf(turn: Turn, names: readonly string[]): string[] {
  if (names.length === 0) return turn.graph.order();
  return [...new Set(names.map((name) => turn.world.instances.get(name as InstanceId)?.service ?? name))];
}

function each(turn: Turn, names: readonly string[], run: (instance: InstanceState) => void): void {
  const all = names.length === 0 ? turn.graph.order() : names;
  for (const name of all) {
    const one = turn.world.instances.get(name as InstanceId);
    const ids = one === undefined ? (turn.world.services.get(name)?.instances ?? []) : [one.id];
    for (const id of ids) {
      const instance = turn.world.instances.get(id);
      if (instance !== undefined) run(instance);
    }
  }
}
