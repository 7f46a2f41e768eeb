import fs from 'node:fs';
import type { Usage } from '../../ports/index.ts';
import { groupDirectory, groupPath, parseCgroupMounts, type CgroupMount } from '../cgroup/mounts.ts';

/** What the control group of a process uses, which is that of its container or unit; null: it cannot be told. */
export function usageOfGroup(pid: number): Usage | null {
  if (pid <= 0) return null;
  try {
    const mounts = parseCgroupMounts(fs.readFileSync('/proc/self/mountinfo', 'utf8'));
    const membership = fs.readFileSync(`/proc/${pid}/cgroup`, 'utf8');
    const read = (controller: string, v1: string, v2: string): string | null => {
      const one = mounts.find(({ version, controllers }) => version === 1 && controllers.includes(controller));
      const found = one === undefined ? null : readOf(one, membership, v1);
      if (found !== null) return found;
      const two = mounts.find(({ version }) => version === 2);
      return two === undefined ? null : readOf(two, membership, v2);
    };
    const memory = read('memory', 'memory.usage_in_bytes', 'memory.current');
    return {
      memory: memory === null ? null : Number(memory),
      cpu: cpuOf(read('cpuacct', 'cpuacct.usage', 'cpu.stat')),
      oomKills: Number(/^oom_kill (\d+)$/m.exec(read('memory', 'memory.oom_control', 'memory.events') ?? '')?.[1] ?? 0),
      held: true,
    };
  } catch {
    return null;
  }
}

/** Milliseconds: version 1 counts nanoseconds, version 2 has a line in microseconds. */
function cpuOf(text: string | null): number | null {
  if (text === null) return null;
  const micros = /^usage_usec (\d+)$/m.exec(text)?.[1];
  return micros === undefined ? Number(text) / 1e6 : Number(micros) / 1e3;
}

function readOf(mount: CgroupMount, membership: string, file: string): string | null {
  const group = groupPath(membership, mount);
  // Not that of the whole machine.
  if (group === null || group === '/') return null;
  const directory = groupDirectory(mount, group);
  if (directory === mount.path) return null;
  try {
    return fs.readFileSync(`${directory}/${file}`, 'utf8').trim();
  } catch {
    return null;
  }
}
