import { Cron } from 'croner';
import type { DaemonPorts, NextDue } from '../../daemon/index.ts';

/** Cron arithmetic in local time (croner); an expression that names no moment any more answers null. */
export const nextDue: NextDue = (expression, fromWall) =>
  new Cron(expression, { paused: true }).nextRun(new Date(fromWall))?.getTime() ?? null;

/** The local time of this process (`TZ`). */
export const localTime: DaemonPorts['localTime'] = (wall) => {
  const at = new Date(wall);
  return { day: at.getDay(), minute: at.getHours() * 60 + at.getMinutes() };
};
