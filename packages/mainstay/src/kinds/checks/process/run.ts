import type { InstanceFacts, Observation, ProbeContext } from '../../../ports/index.ts';
import {
  Files,
  type LiveProcess,
  Report,
  familyOf,
  listProcesses,
  percentOf,
  processors,
  readPidFile,
  shownSize,
  sinceEarlier,
} from '../../kit/index.ts';
import type { ProcessTarget } from './target.ts';
import { Meter, type Usage, ageOf, measure, memoryOfMachine } from './usage.ts';

/** Processes that are measured together, and what they may use: null is what the machine has. */
interface Group {
  name: string;
  family: LiveProcess[];
  memory: number | null;
  cpus: number | null;
}

export async function run(target: Record<string, unknown>, context: ProbeContext): Promise<Observation> {
  const settings = target as unknown as ProcessTarget;
  const report = new Report(context);
  try {
    const who = await finder(settings, context, report);
    return typeof who === 'function' ? await look(who, settings, context, report) : who;
  } catch (error) {
    if (!context.signal.aborted) throw error;
    return { ...report.aborted('the list of processes'), status: 'unknown' };
  }
}

type Finder = (all: readonly LiveProcess[]) => Group[];

/** How to find the processes among all of them; or why that is not possible. */
async function finder(settings: ProcessTarget, context: ProbeContext, report: Report): Promise<Finder | Observation> {
  const { name, pid_file: file, service } = settings;
  const plain = (shown: string, family: LiveProcess[]): Group[] =>
    family.length === 0 ? [] : [{ name: shown, family, memory: null, cpus: null }];
  if (name !== undefined)
    return (all) =>
      plain(
        name,
        all.filter((one) => one.isNamed(name)),
      );
  if (file !== undefined) {
    const pid = await numberIn(file, context, report);
    return typeof pid === 'number' ? (all) => plain(`process ${pid}`, familyOf(pid, all)) : pid;
  }
  const instances = context.service(service ?? '');
  if (instances === null) return report.observe('unknown', `there is no service "${service}", or no daemon to ask`);
  const alive = instances.filter(({ pid }) => pid !== null);
  if (alive.length === 0) return report.observe('unknown', `nothing of ${service} runs`);
  return (all) => alive.map((facts) => groupOf(facts, all)).filter(({ family }) => family.length > 0);
}

function groupOf({ instance, pid, resources }: InstanceFacts, all: readonly LiveProcess[]): Group {
  return { name: instance, family: familyOf(pid ?? 0, all), memory: resources.memory, cpus: resources.cpus };
}

/** The number that a file begins with. */
async function numberIn(file: string, context: ProbeContext, report: Report): Promise<number | Observation> {
  const files = new Files(file, context, report);
  try {
    const pid = await readPidFile(files);
    return typeof pid === 'number' ? pid : report.observe('unknown', `${files.path}: ${pid}`);
  } catch (error) {
    return files.broken(error);
  }
}

async function look(
  find: Finder,
  settings: ProcessTarget,
  context: ProbeContext,
  report: Report,
): Promise<Observation> {
  const meters = metersOf(context);
  let groups: Group[] = [];
  const readings = await sinceEarlier(context, settings.over, async () => {
    groups = find(await listProcesses(context.signal));
    return new Map(groups.map(({ name, family }) => [name, meterOf(meters, name).add(family)]));
  });
  const whom = settings.name ?? settings.service ?? settings.pid_file;
  if (groups.length === 0 || readings === null) return report.observe('fail', `${whom}: no such process lives`);
  const { before, now } = readings;
  const measured = await Promise.all(
    groups.map(async (group) => {
      const usage = await measure(group.family, context.signal);
      const busy = (now.value.get(group.name) ?? 0) - (before.value.get(group.name) ?? 0);
      return numbers(group, usage, Math.max(0, busy) / Math.max(1, now.at - before.at));
    }),
  );
  const data = worst(measured);
  const parts = [
    `${data['processes']} ${data['processes'] === 1 ? 'process' : 'processes'}`,
    `${shownSize(data['memory'] ?? 0)} (${data['memory_used']}%)`,
    `${data['cpu']}% of a processor`,
    ...(data['open_files'] === undefined ? [] : [`${data['open_files']} open files (${data['descriptors']}%)`]),
  ];
  return report.observe('pass', `${whom}: ${parts.join(', ')}`, data);
}

function metersOf({ memory }: ProbeContext): Map<string, Meter> {
  const known = memory['meters'];
  if (known instanceof Map) return known as Map<string, Meter>;
  const meters = new Map<string, Meter>();
  memory['meters'] = meters;
  return meters;
}

function meterOf(meters: Map<string, Meter>, name: string): Meter {
  const meter = meters.get(name) ?? new Meter();
  meters.set(name, meter);
  return meter;
}

/** @param cpu how many processors it kept busy */
function numbers({ memory, cpus }: Group, usage: Usage, cpu: number): Record<string, number> {
  const age = ageOf(usage.started);
  const allowed = memory ?? memoryOfMachine();
  return {
    memory: usage.memory,
    ...(allowed === null ? {} : { memory_used: percentOf(usage.memory, allowed) }),
    cpu: percentOf(cpu, 1),
    cpu_used: percentOf(cpu, cpus ?? processors() ?? 1),
    processes: usage.processes,
    ...(usage.descriptors === null
      ? {}
      : { open_files: usage.descriptors.open, descriptors: usage.descriptors.percent }),
    ...(age === null ? {} : { age }),
  };
}

/** Of each number the worst. */
function worst(groups: readonly Record<string, number>[]): Record<string, number> {
  const names = [...new Set(groups.flatMap((group) => Object.keys(group)))];
  return Object.fromEntries(
    names.map((name) => {
      const values = groups.flatMap((group) => group[name] ?? []);
      return [name, name === 'age' ? Math.min(...values) : Math.max(...values)];
    }),
  );
}
