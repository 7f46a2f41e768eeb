import type { Exit, Identity, InstanceId } from '@mainstay/protocol';
import type { ObservedTree, RecordedExit } from '../../ports/index.ts';
import type { Groups } from '../cgroup/index.ts';
import { bootId, environmentValue, identify, isAlive, isDead, listPids, readStat } from '../proc/index.ts';
import { COOKIE, parseCookie } from './cookie.ts';
import { incarnationName, parseIncarnationName, type IdentityRecord, type RunFiles } from './files.ts';
import { withMemory } from './memory.ts';

interface Sighting {
  instance: InstanceId;
  incarnation: number;
  record: IdentityRecord | null;
  members: Map<number, Identity>;
  /** A parent may still write a record; looked at before the record is, and once, so that none is missed or removed. */
  mayStillTell: boolean;
}

/**
 * What of a project lives: by its cookies, its control groups and its identity files, each of which may be
 * missing. Exits are of the leaders that left an identity in this boot and live no more: as their finished record
 * says, otherwise unknown. `dead` are incarnations that left nothing worth telling.
 */
export function observe(
  projectId: string,
  groups: Groups | null,
  files: RunFiles,
): { trees: ObservedTree[]; exits: RecordedExit[]; dead: { instance: InstanceId; incarnation: number }[] } {
  const sightings = new Map<string, Sighting>();
  const sight = (instance: InstanceId, incarnation: number): Sighting => {
    const key = `${instance}:${incarnation}`;
    let sighting = sightings.get(key);
    if (sighting === undefined) {
      const record = files.identity(instance, incarnation);
      const mayStillTell = record?.waiter != null && isAlive(record.waiter);
      sighting = { instance, incarnation, record, members: new Map(), mayStillTell };
      sightings.set(key, sighting);
    }
    return sighting;
  };
  const exits: RecordedExit[] = [];
  for (const { instance, incarnation } of files.list()) {
    const sighting = sight(instance, incarnation);
    const { record, members } = sighting;
    if (record !== null && isAlive(record.leader)) members.set(record.leader.pid, record.leader);
    const exit = exitOf(sighting, files);
    if (exit === null) continue;
    const group = groups?.open(incarnationName(instance, incarnation)) ?? null;
    exits.push({ instance, incarnation, exit: group === null ? exit : withMemory(exit, group, 0, false).exit });
  }
  for (const name of groups?.list() ?? []) {
    const parsed = parseIncarnationName(name);
    if (parsed === null) continue;
    const { members } = sight(parsed.instance, parsed.incarnation);
    for (const pid of groups?.open(name).members() ?? []) addIfAlive(members, pid);
  }
  addBearers(projectId, sight);
  const trees = [...sightings.values()].map(treeOf).filter((tree) => tree !== null);
  const told = new Set(exits.map(({ instance, incarnation }) => `${instance}:${incarnation}`));
  const dead = [...sightings.entries()]
    .filter(([key, sighting]) => !told.has(key) && isDeadForGood(sighting))
    .map(([, sighting]) => sighting);
  return { trees, exits, dead };
}

function addIfAlive(members: Map<number, Identity>, pid: number): void {
  const identity = members.has(pid) ? null : identify(pid);
  if (identity !== null) members.set(pid, identity);
}

/** Every bearer of a cookie of the project. */
function addBearers(projectId: string, sight: (instance: InstanceId, incarnation: number) => Sighting): void {
  const boot = bootId();
  for (const pid of listPids()) {
    if (pid === process.pid) continue;
    const cookie = environmentValue(pid, COOKIE);
    const parsed = cookie === null ? null : parseCookie(projectId, cookie);
    if (parsed === null) continue;
    const stat = readStat(pid);
    if (stat === null || isDead(stat)) continue;
    sight(parsed.instance, parsed.incarnation).members.set(pid, { bootId: boot, pid, startTime: stat.startTime });
  }
}

/** How the leader ended; null: it lives, a parent may still tell, or it is of another boot. */
function exitOf({ instance, incarnation, record, mayStillTell }: Sighting, files: RunFiles): Exit | null {
  const recorded = files.exit(instance, incarnation);
  if (recorded !== null || record === null || mayStillTell || isAlive(record.leader)) return recorded;
  return record.leader.bootId === bootId() ? { code: null, signal: null, known: false } : null;
}

/** A parent that still waited, or was about to write a record, keeps its incarnation. */
function isDeadForGood({ members, mayStillTell }: Sighting): boolean {
  return members.size === 0 && !mayStillTell;
}

function treeOf({ instance, incarnation, record, members }: Sighting): ObservedTree | null {
  const waiter = record?.waiter ?? null;
  if (waiter !== null && members.get(waiter.pid)?.startTime === waiter.startTime) members.delete(waiter.pid);
  if (members.size === 0) return null;
  const all = [...members.values()];
  const recorded = record?.leader ?? null;
  if (recorded !== null) {
    const leader = members.get(recorded.pid)?.startTime === recorded.startTime ? recorded : null;
    return { instance, incarnation, leader, members: all };
  }
  // The file was lost, or is not written yet: the launcher, which is or becomes the program, leads its session.
  const oldest = all.filter(({ pid }) => readStat(pid)?.session === pid).sort(byStart)[0];
  return { instance, incarnation, leader: oldest ?? null, members: all };
}

function byStart(a: Identity, b: Identity): number {
  return Number(a.startTime) - Number(b.startTime);
}
