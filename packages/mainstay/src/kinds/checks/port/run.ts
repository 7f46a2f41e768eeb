import type { Observation, ProbeContext } from '../../../ports/index.ts';
import { type LiveProcess, Report, familyOf, listProcesses } from '../../kit/index.ts';
import { listeners, ownersOf } from './sockets.ts';
import type { PortTarget } from './target.ts';

export async function run(target: Record<string, unknown>, context: ProbeContext): Promise<Observation> {
  const settings = target as unknown as PortTarget;
  const report = new Report(context);
  try {
    return await look(settings, context, report);
  } catch (error) {
    if (!context.signal.aborted) throw error;
    // To look is all on this machine: that it takes long says nothing about who listens.
    return { ...report.aborted('the list of processes'), status: 'unknown' };
  }
}

async function look(settings: PortTarget, context: ProbeContext, report: Report): Promise<Observation> {
  const { listening, protocol, address, service, holder } = settings;
  const port = Number(settings.port);
  if (!(port >= 1 && port <= 65_535)) return report.observe('unknown', `"${settings.port}" is no port`);
  const where = `${protocol} port ${port}${address === undefined ? '' : ` of ${address}`}`;
  const sockets = listeners(port, protocol, address);
  if (sockets === null) return report.observe('unknown', 'this machine does not tell who listens');
  if (sockets.length === 0) {
    return listening ? report.observe('fail', `${where}: nobody listens`) : report.observe('pass', `${where}: is free`);
  }
  const all = await listProcesses(context.signal);
  const owners = await ownersOf(sockets, all, context.signal);
  const [first] = owners;
  const shown = first === undefined ? 'a process that mainstay may not see' : named(first);
  const data = first === undefined ? {} : { pid: first.pid, holder: nameOf(first) };
  if (!listening) return report.observe('fail', `${where}: is taken by ${shown}`, data);
  if (service === undefined && holder === undefined) return report.observe('pass', `${where}: ${shown} listens`, data);
  if (first === undefined) return report.observe('unknown', `${where}: ${shown} listens`);
  const wanted = service === undefined ? whoIsNamed(holder!) : whoBelongsTo(service, all, context);
  if (typeof wanted === 'string') return report.observe('unknown', `${where}: ${wanted}; ${shown} listens`, data);
  const right = owners.find(wanted);
  if (right === undefined) return report.observe('fail', `${where}: ${shown} listens, not ${service ?? holder}`, data);
  return report.observe('pass', `${where}: ${named(right)} listens`, { pid: right.pid, holder: nameOf(right) });
}

function whoIsNamed(name: string): (one: LiveProcess) => boolean {
  return (one) => one.isNamed(name);
}

/** Whether a process belongs to a service; or why that cannot be said. */
function whoBelongsTo(
  service: string,
  all: readonly LiveProcess[],
  context: ProbeContext,
): ((one: LiveProcess) => boolean) | string {
  const instances = context.service(service);
  if (instances === null) return `there is no service "${service}", or no daemon to ask`;
  const family = new Set(instances.flatMap(({ pid }) => (pid === null ? [] : familyOf(pid, all))));
  if (family.size === 0) return `nothing of ${service} runs`;
  return (one) => family.has(one);
}

function named(one: LiveProcess): string {
  return `${nameOf(one)} (process ${one.pid})`;
}

/** The name of the program: that of the process may be one of its thread. */
function nameOf(one: LiveProcess): string {
  return one.program() ?? one.name;
}
