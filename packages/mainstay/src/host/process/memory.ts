import type { Exit } from '@mainstay/protocol';
import type { Usage } from '../../ports/index.ts';
import type { Group } from '../cgroup/index.ts';
import { readMemory, readTimes } from '../proc/index.ts';
import { membersOf, type Tree } from './tree.ts';

/**
 * What a tree uses: as its control group says, otherwise its processes one by one. One that has not run since it was
 * measured last uses what it used: looking at a quiet service costs one file, and none while all of them are quiet.
 *
 * @param all CPU time of all groups of the project together, ms, read a moment ago; null when that cannot be told
 */
export function usageOf(tree: Tree, above: number | null, all: number | null): Usage {
  const last = tree.measured;
  const held = tree.memoryHeld;
  const isSame = last?.above === above && last.usage.held === held;
  if (tree.group !== null && isSame && all !== null && last.all === all) return last.usage;
  const cpu = tree.group?.cpu() ?? null;
  const usage = cpu !== null && isSame && last.usage.cpu === cpu ? last.usage : measure(tree, above, cpu);
  tree.measured = { usage, above, all };
  return usage;
}

function measure(tree: Tree, above: number | null, inGroup: number | null): Usage {
  const held = tree.memoryHeld;
  let { bytes: memory, oomKills } = tree.group?.memory() ?? { bytes: null, oomKills: 0 };
  let cpu = inGroup;
  // The group counts cached files as well, which the kernel would give up before it kills anything.
  const watched = above !== null && !held;
  if (memory === null || cpu === null || watched) {
    const pids = tree.group?.members() ?? membersOf(tree).map(({ pid }) => pid);
    if (memory === null || watched) memory = memoryOf(pids, above);
    cpu ??= pids.reduce((sum, pid) => sum + (readTimes(pid) ?? 0), 0);
  }
  return { memory, cpu, oomKills, held };
}

/** Pages that processes share are counted once for each, unless that makes the sum too large: then their shares count. */
function memoryOf(pids: readonly number[], above: number | null): number {
  const sum = (exact: boolean): number => pids.reduce((total, pid) => total + (readMemory(pid, exact) ?? 0), 0);
  const rough = sum(false);
  return above !== null && rough > above && pids.length > 1 ? sum(true) : rough;
}

/** The end of a leader, with what its control group knows of the kernel's killing for want of memory. */
export function endOf(tree: Tree, exit: Exit): Exit {
  if (tree.group === null) return exit;
  const { exit: told, kills } = withMemory(exit, tree.group, tree.oomKills, tree.killUntil !== null);
  tree.oomKills = kills;
  return told;
}

/**
 * @param known kills in the group that were told already
 * @param killed mainstay sent SIGKILL itself
 */
export function withMemory(exit: Exit, group: Group, known: number, killed: boolean): { exit: Exit; kills: number } {
  const { kills, limit } = group.outOfMemory();
  if (kills <= known) return { exit, kills };
  // Of one whose end nobody saw, the kernel's word is all there is.
  const main = exit.known ? exit.signal === 'SIGKILL' && !killed : true;
  return { exit: { ...exit, outOfMemory: { by: 'kernel', limit, main } }, kills };
}
