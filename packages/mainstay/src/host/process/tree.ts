import type { Identity, InstanceId } from '@mainstay/protocol';
import type { Usage } from '../../ports/index.ts';
import type { Group } from '../cgroup/index.ts';
import { bootId, isAlive, isDead, readStat } from '../proc/index.ts';
import { scanTrees, type Marks } from './scan.ts';
import { sendSignal } from './signals.ts';

/** Everything that one incarnation started. */
export interface Tree {
  readonly instance: InstanceId;
  readonly incarnation: number;
  readonly cookie: string;
  readonly keepExit: boolean;
  /** First process of the tree, leader of its session; null when it was never seen. */
  launcher: Identity | null;
  /** The program itself; null while its launcher is on the way, or when it was gone before an adoption. */
  leader: Identity | null;
  /** The parent that writes the exit status down. It is not a member. */
  waiter: Identity | null;
  group: Group | null;
  /** Members without the leader's marks are remembered here between scans. */
  known: Identity[];
  /** Whether the launcher's number still means its session. */
  sessionHolds: boolean;
  /** Ends for want of memory in it that were told already. */
  oomKills: number;
  /** The kernel holds a limit of its memory. */
  memoryHeld: boolean;
  /** What it used when it was measured last. */
  measured: { usage: Usage; above: number | null; all: number | null } | null;
  phase: 'starting' | 'running' | 'leftover' | 'over';
  /** A kill was ordered; after this moment (monotonic ms) it is no longer repeated. */
  killUntil: number | null;
  /** Signals that came before the program was there. */
  pendingSignals: { signal: string; scope: 'leader' | 'tree' }[];
}

export function newTree(fields: Pick<Tree, 'instance' | 'incarnation' | 'cookie' | 'keepExit' | 'group'>): Tree {
  return {
    ...fields,
    launcher: null,
    leader: null,
    waiter: null,
    known: [],
    sessionHolds: true,
    oomKills: 0,
    measured: null,
    memoryHeld: fields.group?.memoryLimit() != null,
    phase: 'starting',
    killUntil: null,
    pendingSignals: [],
  };
}

/** The living members of a tree: its program and whatever that started; never the waiting parent. */
export function membersOf(tree: Tree): Identity[] {
  return tree.group === null ? (scanned([tree])[0] ?? []) : grouped(tree, tree.group);
}

/** A program that is still on its way gets its signals when it is there. */
export function signalTree(tree: Tree, signal: string, scope: 'leader' | 'tree'): void {
  if (tree.phase === 'over') return;
  if (tree.phase === 'starting') tree.pendingSignals.push({ signal, scope });
  else if (scope === 'tree') for (const member of membersOf(tree)) sendSignal(member, signal);
  else if (tree.leader !== null) sendSignal(tree.leader, signal);
}

/** The members of several trees; those without a control group share one pass over /proc. */
export function membersOfAll(trees: readonly Tree[]): Map<Tree, Identity[]> {
  const members = new Map<Tree, Identity[]>();
  const ungrouped = trees.filter((tree) => tree.group === null);
  if (ungrouped.length > 0) {
    const found = scanned(ungrouped);
    ungrouped.forEach((tree, at) => members.set(tree, found[at] ?? []));
  }
  for (const tree of trees) if (tree.group !== null) members.set(tree, grouped(tree, tree.group));
  return members;
}

/** Whether nothing of the tree lives, when its control group knows that without a search; null: search. */
export function emptyByGroup(tree: Tree): boolean | null {
  return tree.group === null ? null : tree.group.empty();
}

function grouped(tree: Tree, group: Group): Identity[] {
  const boot = bootId();
  const members: Identity[] = [];
  let withLeader = false;
  for (const pid of group.members()) {
    const stat = readStat(pid);
    if (stat === null || isDead(stat) || isWaiter(tree, pid, stat.startTime)) continue;
    withLeader ||= pid === tree.leader?.pid;
    members.push({ bootId: boot, pid, startTime: stat.startTime });
  }
  // It may not have joined yet.
  if (!withLeader && tree.leader !== null && isAlive(tree.leader)) members.push(tree.leader);
  return members;
}

function isWaiter({ waiter }: Tree, pid: number, startTime: string): boolean {
  return waiter !== null && waiter.pid === pid && waiter.startTime === startTime;
}

function scanned(trees: readonly Tree[]): Identity[][] {
  return scanTrees(trees.map(marksOf)).map((all, at) => {
    const tree = trees[at] as Tree;
    tree.known = all.filter((member) => !isWaiter(tree, member.pid, member.startTime));
    return tree.known;
  });
}

function marksOf(tree: Tree): Marks {
  const { launcher, cookie, known } = tree;
  const first = launcher ?? tree.leader;
  // The number is not given to another process while any process of the session lives; then it may be.
  const present = launcher === null ? null : readStat(launcher.pid);
  if (present !== null && present.startTime !== launcher?.startTime) tree.sessionHolds = false;
  return {
    cookie,
    session: tree.sessionHolds ? (launcher?.pid ?? null) : null,
    since: first === null ? 0 : Number(first.startTime),
    known: tree.leader === null ? known : [...known, tree.leader],
  };
}
