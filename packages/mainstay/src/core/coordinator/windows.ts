import { stepWindow, type WindowEffect, type WindowEvent, type WindowState } from '../maintenance/index.ts';
import { record, touchAll, type Turn } from './turn.ts';

/** Drives one maintenance window. */
export function driveWindow(turn: Turn, id: string, event: WindowEvent): void {
  const state = turn.world.windows.get(id);
  if (state !== undefined) carryWindow(turn, stepWindow(state, event, turn.now.wall, turn.tables.window));
}

export function carryWindow(turn: Turn, step: { state: WindowState; effects: WindowEffect[] }): void {
  const { window } = step.state;
  turn.world.windows.set(window.id, step.state);
  const key = `window:${window.id}`;
  for (const effect of step.effects) {
    if (effect.type === 'check') {
      turn.effects.push({ type: 'arm', key, afterMs: effect.afterMs });
      continue;
    }
    turn.world.windows.delete(window.id);
    turn.effects.push({ type: 'disarm', key }, { type: 'drop-window', id: window.id });
    const how = effect.early ? 'ended before its time' : 'ended';
    record(turn, 'maintenance.ended', `maintenance ${how}: ${window.reason}`, null, {
      id: window.id,
      services: window.services,
    });
    touchAll(turn);
  }
}

/** The wall clock was set: what an operator asked for "for an hour" still lasts an hour; what the file dates is dated. */
export function stepWindows(turn: Turn, byMs: number): void {
  for (const [id, { window }] of turn.world.windows) {
    if (window.source === 'schedule') driveWindow(turn, id, { type: 'tick' });
    else driveWindow(turn, id, { type: 'shift', byMs });
    const moved = turn.world.windows.get(id);
    if (moved !== undefined && window.source === 'operator')
      turn.effects.push({ type: 'save-window', window: moved.window });
  }
}
