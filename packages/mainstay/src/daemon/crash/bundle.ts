import { describeExit, type CrashBundle, type CrashClass, type Exit, type JournalEvent } from '@mainstay/protocol';
import type { MachineFacts } from '@mainstay/protocol';
import { dependencyState, type Effect, type InstanceState, type World } from '../../core/coordinator/index.ts';
import { covering } from '../../core/maintenance/index.ts';
import type { Now } from '../../ports/index.ts';
import type { Sample } from '../samples.ts';

/** A bundle as a file is at most about this long, in characters. */
const LONGEST = 64 * 1024;
const LONGEST_LINE = 1000;
const MOST_VARIABLES = 200;

export type Failed = Extract<Effect, { type: 'failure' }>;

export interface Surroundings {
  world: World;
  now: Now;
  /** What it wrote last, oldest first. */
  lines: readonly string[];
  samples: readonly Sample[];
  /** What was found just before a check had it ended; undefined: no check did. */
  evidence: CrashBundle['evidence'];
  /** Of this instance, oldest first. */
  events: readonly JournalEvent[];
  others: CrashBundle['other_failures'];
  machine: MachineFacts;
}

/** Everything that is known of a failure. */
export function bundleOf(failed: Failed, instance: InstanceState, around: Surroundings): CrashBundle {
  const { plan, life } = instance;
  const { world, now } = around;
  const started = failed.startedAt;
  const how = classOf(failed.exit, failed.reason);
  return {
    version: 1,
    service: instance.service,
    instance: instance.index,
    incarnation: failed.incarnation,
    at: iso(now.wall),
    class: how,
    reason: failed.reason,
    exit: failed.exit,
    started_at: started === null ? null : iso(started.wall),
    uptime_ms: started === null ? null : Math.max(0, Math.round(now.mono - started.mono)),
    restarts: life.restart.restarts,
    program: plan.command[0] ?? '',
    last_lines: around.lines.map((line) => (line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line)),
    usage: around.samples.map(({ at, memory, cpu }) => ({
      at: iso(at),
      memory,
      cpu_ms: cpu === null ? null : Math.round(cpu),
    })),
    memory_limit: plan.resources.memory,
    environment: Object.keys(plan.environment).slice(0, MOST_VARIABLES),
    dependencies: plan.dependsOn.map((one) => {
      const state = dependencyState(world, one);
      return `${one.service}: ${state.kind === 'met' ? 'met' : state.reason}`;
    }),
    maintenance: covering(world.windows.values(), instance.service)?.reason ?? null,
    events: around.events.map(({ at, type, message }) => ({ at: iso(at), type, message })),
    ...(around.evidence === undefined || how !== 'ended' ? {} : { evidence: around.evidence }),
    other_failures: around.others,
    machine: around.machine,
  };
}

/** The text of a bundle's file; of one that is too long, the oldest lines go. */
export function textOf(bundle: CrashBundle): string {
  let lines = bundle.last_lines;
  for (;;) {
    const text = `${JSON.stringify({ ...bundle, last_lines: lines }, null, 2)}\n`;
    if (text.length <= LONGEST || lines.length === 0) return text;
    lines = lines.slice(Math.ceil(lines.length / 2));
  }
}

function classOf(exit: Exit | null, reason: string): CrashClass {
  if (exit === null) return 'not-started';
  if (exit.outOfMemory?.main === true) return 'out-of-memory';
  // Of what ended by itself, the reason is how it ended.
  if (reason !== describeExit(exit)) return 'ended';
  if (!exit.known) return 'unknown';
  return exit.signal === null ? 'exit' : 'signal';
}

const iso = (wall: number): string => new Date(wall).toISOString();
