import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plan } from '../../core/plan/index.ts';
import { readJson } from '../client/index.ts';
import type { NamesOf } from '../framework/index.ts';
import type { Project } from '../project/locate.ts';

/**
 * Names of a project, cheaply: from the plan that the daemon was given, otherwise by a look at the
 * file. Completion must be quick and may be wrong; errors are for the commands.
 *
 * @param kinds of checks: `mainstay check` takes these too
 */
export function namesOf(what: NamesOf, project: Project, kinds: readonly string[]): string[] {
  const { services, checks } = known(project);
  if (what === 'services') return services;
  return what === 'names' ? [...services, ...checks] : ['all', ...services, ...checks, ...kinds];
}

function known(project: Project): { services: string[]; checks: string[] } {
  const plan = readJson<Partial<Plan>>(join(project.stateDir, 'plan.json'));
  if (Array.isArray(plan?.services)) {
    const { services, checks = [] } = plan;
    return { services: services.map(({ name }) => name), checks: checks.map(({ name }) => name) };
  }
  try {
    const text = project.file === null ? '' : readFileSync(project.file, 'utf8');
    return { services: scanNames(text, 'services'), checks: scanNames(text, 'checks') };
  } catch {
    return { services: [], checks: [] };
  }
}

/** The keys one level below a top-level key, in block style. */
export function scanNames(text: string, section: 'services' | 'checks'): string[] {
  const names: string[] = [];
  let indent: number | null = null;
  let inside = false;
  for (const line of text.split('\n')) {
    if (/^\s*(#|$)/.test(line)) continue;
    const match = /^( *)["']?([\w-]+)["']?\s*:/.exec(line);
    const depth = /^ */.exec(line)?.[0].length ?? 0;
    if (depth === 0) {
      inside = match?.[2] === section;
      indent = null;
    } else if (inside && match !== null) {
      indent ??= depth;
      if (depth === indent) names.push(match[2] ?? '');
    }
  }
  return names;
}
