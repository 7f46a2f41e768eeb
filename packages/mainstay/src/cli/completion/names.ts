import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plan } from '../../core/plan/index.ts';
import { readJson } from '../client/index.ts';
import type { Project } from '../project/locate.ts';

/**
 * Names of services, cheaply: from the plan that the daemon was given, otherwise by a look at the
 * file. Completion must be quick and may be wrong; errors are for the commands.
 */
export function serviceNames(project: Project): string[] {
  const plan = readJson<Plan>(join(project.stateDir, 'plan.json'));
  if (Array.isArray(plan?.services)) return plan.services.map(({ name }) => name);
  if (project.file === null) return [];
  try {
    return scanNames(readFileSync(project.file, 'utf8'));
  } catch {
    return [];
  }
}

/** The keys one level below a top-level `services:`, in block style. */
export function scanNames(text: string): string[] {
  const names: string[] = [];
  let indent: number | null = null;
  let inside = false;
  for (const line of text.split('\n')) {
    if (/^\s*(#|$)/.test(line)) continue;
    const match = /^( *)["']?([\w-]+)["']?\s*:/.exec(line);
    const depth = /^ */.exec(line)?.[0].length ?? 0;
    if (depth === 0) {
      inside = match?.[2] === 'services';
      indent = null;
    } else if (inside && match !== null) {
      indent ??= depth;
      if (depth === indent) names.push(match[2] ?? '');
    }
  }
  return names;
}
