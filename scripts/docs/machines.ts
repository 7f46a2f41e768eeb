// The page of the small machines: their diagrams and tables, from the tables that decide.
import { TABLES } from '../../packages/mainstay/src/core/coordinator/index.ts';
import { OBSERVATIONS } from '@mainstay/protocol';
import { initialCheck, stepCheck, type CheckName } from '../../packages/mainstay/src/core/check/index.ts';
import { INITIAL_RESTART, stepRestart, type RestartName } from '../../packages/mainstay/src/core/restart/index.ts';
import { stepMemory, type MemoryName } from '../../packages/mainstay/src/core/memory/index.ts';
import { stepWatchdog, type WatchdogName } from '../../packages/mainstay/src/core/watchdog/index.ts';
import { contextOf, EVENTS, NOW, STATES } from '../../packages/mainstay/test/core/life/cells.ts';
import { rollLeads } from '../../packages/mainstay/test/core/rolling/cells.ts';
import { remedyLeads } from '../../packages/mainstay/test/core/remedy/leads.ts';
import { stepLife } from '../../packages/mainstay/src/core/life/index.ts';

/** The first result confirms. */
const CHECK = { interval: 1_000, retries: 1, successes: 1, startPeriod: 0, startInterval: 1_000 };

type Machine = keyof typeof TABLES;
/** Where a cell leads from a few sample states. */
type Leads = (state: string, event: string) => string[];

const ABOUT: Record<Machine, string> = {
  life: 'The life of one instance.',
  restart: 'Whether, and when, an instance that failed is started again.',
  health: 'What its healthcheck makes of an instance.',
  memory:
    'The memory of a service whose limit the kernel does not hold: measured every two seconds, ended after three measurements above it.',
  watchdog: 'A service that promised to say WATCHDOG=1.',
  window: 'One maintenance window.',
  roll: 'The rolling reload of one service.',
  check: 'What one result after the other means for a check of its own.',
  remedy: 'What is done because of a check or a healthcheck.',
};

const POLICY = contextOf().service.restartPolicy;
/** Services whose ends mean different things. */
const CONTEXTS = [
  contextOf(),
  contextOf({ restart: 'no' }),
  contextOf({ ready: { by: 'start' } }),
  contextOf({ restartPolicy: { ...POLICY, maxAttempts: 0 } }),
  contextOf({}, 'maintenance'),
];

const LEADS: Record<Machine, Leads> = {
  life: (state, event) =>
    Object.values(STATES)
      .filter((life) => life.phase === state)
      .flatMap((life) =>
        Object.values(EVENTS)
          .filter((one) => one.type === event)
          .flatMap((one) => CONTEXTS.map((context) => stepLife(life, one, context).state.phase)),
      ),
  restart: (state, event) =>
    [0, 1e9].map((uptime) => {
      const policy = { ...contextOf().service.restartPolicy, maxAttempts: 1 };
      const from = { ...INITIAL_RESTART, name: state as RestartName, attempts: [NOW.mono] };
      const told = event === 'failed' ? ({ type: 'failed', uptime } as const) : { type: event as 'cooled' | 'reset' };
      return stepRestart(from, told, { policy, now: NOW.mono, random: 0.5 }).state.name;
    }),
  health: (state, event) => {
    const cell = TABLES.health[state as 'idle'][event as 'started'];
    return cell.kind === 'go' ? [...cell.to] : [];
  },
  watchdog: (state, event) =>
    [0, 100].map((last) => {
      const from = { name: state as WatchdogName, last, due: 100 };
      return stepWatchdog(from, { type: event as 'arm' }, { now: 100, period: 100 }).state.name;
    }),
  memory: (state, event) =>
    [0, 20].map((bytes) => {
      const from = { name: state as MemoryName, samples: state === 'over' ? 1 : 0 };
      return stepMemory(from, event === 'reset' ? { type: 'reset' } : { type: 'measured', bytes }, { limit: 10 }).state
        .name;
    }),
  check: (state, event) => {
    if (event === 'begin') return ['pending'];
    if (event === 'hold') return ['idle'];
    if (event !== 'observed') return [state];
    return OBSERVATIONS.map((status) => {
      const from = { ...initialCheck(NOW), name: state as CheckName };
      return stepCheck(from, { type: 'observed', run: 0, status, message: '' }, { settings: CHECK, now: NOW }).state
        .name;
    });
  },
  window: (_state, event) => (event === 'end' ? ['over'] : ['open', 'over']),
  roll: rollLeads,
  remedy: remedyLeads,
};

/** The text of docs/machines.md. */
export function machinesPage(): string {
  const parts = Object.keys(TABLES).map((name) => machine(name as Machine));
  return [
    '# The machines',
    '',
    'Every decision is made by one of these small machines. A cell is a state and an event: it leads somewhere, is ignored',
    'for a reason, or is impossible (then it is written into the journal, and the state stays). This page is generated',
    'from the tables themselves: `node scripts/docs.ts`.',
    '',
    ...parts,
  ].join('\n');
}

function machine(name: Machine): string {
  const table = TABLES[name] as unknown as Record<string, Record<string, unknown>>;
  const edges = new Map<string, Set<string>>();
  const rows: string[] = [];
  for (const [state, row] of Object.entries(table)) {
    for (const [event, cell] of Object.entries(row)) {
      const refused = refusal(cell);
      const leads = refused === null ? [...new Set(LEADS[name](state, event))] : [];
      for (const to of leads) {
        if (to === state) continue;
        const key = `${state} --> ${to}`;
        edges.set(key, (edges.get(key) ?? new Set()).add(event));
      }
      rows.push(`| ${state} | ${event} | ${refused ?? leads.map((to) => `→ ${to}`).join(', ')} |`);
    }
  }
  const arrows = [...edges].map(([key, events]) => `  ${key}: ${[...events].join(', ')}`);
  const diagram = ['```mermaid', 'stateDiagram-v2', ...arrows, '```'];
  return [
    `## ${name}`,
    '',
    ABOUT[name],
    '',
    ...diagram,
    '',
    '| in | event | |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

/** Why a cell does nothing; null: it does something. */
function refusal(cell: unknown): string | null {
  if (typeof cell === 'function') return null;
  const { ignore, impossible, kind, reason } = cell as Record<string, string | undefined>;
  if (kind === 'go') return null;
  if (ignore !== undefined || kind === 'ignore') return `ignored: ${ignore ?? reason ?? ''}`;
  return `impossible: ${impossible ?? reason ?? ''}`;
}
