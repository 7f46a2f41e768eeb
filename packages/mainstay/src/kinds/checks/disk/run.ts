import { statfs } from 'node:fs/promises';
import type { StatsFs } from 'node:fs';
import type { Observation, ProbeContext } from '../../../ports/index.ts';
import { Files, Report, Verdict, percentOf, shownSize, shownTime } from '../../kit/index.ts';
import type { DiskTarget } from './target.ts';
import { NEVER, type Sample, remember, timeLeft } from './trend.ts';

export async function run(target: Record<string, unknown>, context: ProbeContext): Promise<Observation> {
  const settings = target as unknown as DiskTarget;
  const report = new Report(context);
  const files = new Files(settings.path, context, report);
  try {
    return judge(await files.call(() => statfs(files.path)), settings, { files, context, report });
  } catch (error) {
    return files.broken(error);
  }
}

interface Run {
  files: Files;
  context: ProbeContext;
  report: Report;
}

function judge(space: StatsFs, settings: DiskTarget, { files, context, report }: Run): Observation {
  const { path, mount } = files;
  const verdict = new Verdict();
  if (mount?.failed === true)
    verdict.complain('fail', 'has become read-only, which is what the kernel does after errors');
  if (settings.mounted && mount === null) verdict.complain('unknown', 'this machine does not tell what is mounted');
  if (settings.mounted && mount !== null && mount.point !== path) verdict.complain('fail', 'nothing is mounted here');
  const free = space.bavail * space.bsize;
  const left = trend(free, settings, context);
  const inUse = space.blocks - space.bfree;
  // Some have no size (proc, cgroup), and some no limit of inodes (btrfs).
  const used = inUse + space.bavail > 0 ? { used: percentOf(inUse, inUse + space.bavail) } : {};
  const inodes = space.files > 0 ? { inodes: percentOf(space.files - space.ffree, space.files) } : {};
  const data = { ...used, free, ...(left === null ? {} : { time_left: left }), ...inodes };
  const parts = [
    `${data.used ?? 0}% used, ${shownSize(free)} free`,
    ...(data.inodes === undefined ? [] : [`${data.inodes}% of inodes used`]),
    ...(left === null || left >= NEVER ? [] : [`full in ${shownTime(left)} at this rate`]),
  ];
  return verdict.observe(report, path, parts.join(', '), data);
}

function trend(free: number, { trend: window }: DiskTarget, { memory, monotonicMs }: ProbeContext): number | null {
  const before = (memory['samples'] ?? []) as Sample[];
  const samples = remember(before, { at: monotonicMs(), free }, window);
  memory['samples'] = samples;
  return timeLeft(samples, window);
}
