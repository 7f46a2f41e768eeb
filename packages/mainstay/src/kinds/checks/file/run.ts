import type { Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { Observation, ProbeContext } from '../../../ports/index.ts';
import { Files, Report, Verdict, readPidFile, readProcess, shownSize, shownTime } from '../../kit/index.ts';
import type { FileTarget } from './target.ts';

export async function run(target: Record<string, unknown>, context: ProbeContext): Promise<Observation> {
  const settings = target as unknown as FileTarget;
  const report = new Report(context);
  const files = new Files(settings.path, context, report);
  const exists = settings.exists ?? (settings.lock === false ? 'required' : 'optional');
  try {
    const facts = await files.call(() => stat(files.path));
    const verdict = new Verdict();
    if (exists === 'forbidden') verdict.complain('fail', 'is there, and must not be');
    await judgeOwner(settings, facts, verdict);
    if (settings.lock !== false) await judgeLock(files, settings.lock, verdict);
    const age = Math.max(0, Math.round((context.wallMs() - facts.mtimeMs) / 1000));
    const good = `${shownSize(facts.size)}, written ${shownTime(age)} ago`;
    return verdict.observe(report, files.path, good, { age, size: facts.size });
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (isMissing && exists !== 'required') return report.observe('pass', `${files.path}: is not there`);
    return files.broken(error);
  }
}

async function judgeOwner({ owner, group, mode }: FileTarget, facts: Stats, verdict: Verdict): Promise<void> {
  await compare('user', owner, facts.uid, '/etc/passwd', verdict);
  await compare('group', group, facts.gid, '/etc/group', verdict);
  const permissions = (facts.mode & 0o7777).toString(8).padStart(4, '0');
  const wanted = mode?.padStart(4, '0').slice(-4);
  if (wanted !== undefined && wanted !== permissions)
    verdict.complain('fail', `has mode ${permissions}, not ${wanted}`);
}

/** Compares names where the file of accounts has them, numbers else. */
async function compare(
  noun: 'user' | 'group',
  wanted: string | undefined,
  id: number,
  accounts: '/etc/passwd' | '/etc/group',
  verdict: Verdict,
): Promise<void> {
  if (wanted === undefined || wanted === String(id)) return;
  const lines = (await readFile(accounts, 'utf8').catch(() => '')).split('\n').map((line) => line.split(':'));
  const name = lines.find((fields) => fields[2] === String(id))?.[0];
  if (name === wanted) return;
  const isKnown = /^\d+$/.test(wanted) || lines.some((fields) => fields[0] === wanted);
  if (isKnown) verdict.complain('fail', `belongs to the ${noun} ${name ?? id}, not ${wanted}`);
  else verdict.complain('unknown', `there is no ${noun} "${wanted}" in ${accounts}`);
}

async function judgeLock(files: Files, name: true | string, verdict: Verdict): Promise<void> {
  const pid = await readPidFile(files);
  if (typeof pid === 'string') return verdict.complain('unknown', pid);
  const holder = readProcess(pid);
  if (holder === null) verdict.complain('fail', `was left behind: no process ${pid} lives`);
  else if (typeof name === 'string' && !holder.isNamed(name)) {
    verdict.complain('fail', `was left behind: process ${pid} is ${holder.program() ?? holder.name}, not ${name}`);
  }
}
