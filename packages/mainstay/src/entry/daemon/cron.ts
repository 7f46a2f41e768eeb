import { Cron } from 'croner';
import type { NextDue } from '../../daemon/index.ts';

/** Cron arithmetic in local time (croner); an expression that names no moment any more answers null. */
export const nextDue: NextDue = (expression, fromWall) =>
  new Cron(expression, { paused: true }).nextRun(new Date(fromWall))?.getTime() ?? null;
