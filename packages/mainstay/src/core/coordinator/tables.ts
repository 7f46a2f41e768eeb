import { checkTable, type CheckTable } from '../check/index.ts';
import { HEALTH_TABLE, type HealthTable } from '../health/index.ts';
import { lifeTable, type LifeTable } from '../life/index.ts';
import { windowTable, type WindowTable } from '../maintenance/index.ts';
import { memoryTable, type MemoryTable } from '../memory/index.ts';
import { remedyTable, type RemedyTable } from '../remedy/index.ts';
import { restartTable, type RestartTable } from '../restart/index.ts';
import { rollTable, type RollTable } from '../rolling/index.ts';
import { watchdogTable, type WatchdogTable } from '../watchdog/index.ts';

/** The tables that decide. Tests count their cells' visits, and put wrong ones in to see that it is noticed. */
export interface Tables {
  life: LifeTable;
  restart: RestartTable;
  health: HealthTable;
  watchdog: WatchdogTable;
  window: WindowTable;
  memory: MemoryTable;
  roll: RollTable;
  check: CheckTable;
  remedy: RemedyTable;
}

export const TABLES: Tables = {
  life: lifeTable,
  restart: restartTable,
  health: HEALTH_TABLE,
  watchdog: watchdogTable,
  window: windowTable,
  memory: memoryTable,
  roll: rollTable,
  check: checkTable,
  remedy: remedyTable,
};
