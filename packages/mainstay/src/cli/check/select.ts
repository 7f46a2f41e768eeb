import { MainstayError } from '@mainstay/protocol';
import { nearest } from '../../config/nearest.ts';
import { checkTargets, targetOf, targetsNamed, type CheckTarget } from '../../core/check/index.ts';
import type { Plan } from '../../core/plan/index.ts';
import { usage, type Context } from '../framework/index.ts';

/**
 * The checks of a plan that a name stands for.
 *
 * @param isKind whether a name that stands for nothing is a kind of check
 * @throws MainstayError `unknown-check` when there is none
 */
export function selectChecks(plan: Plan, name: string, isKind: (name: string) => boolean): CheckTarget[] {
  const all = checkTargets(plan);
  const chosen = targetsNamed(all, name);
  if (chosen.length > 0) return chosen;
  const known = [...new Set(all.flatMap(({ name, owner }) => [owner?.service.name ?? name, name]))];
  if (known.length === 0)
    throw new MainstayError(
      'unknown-check',
      `cannot check: ${plan.project} has no checks`,
      'add checks: or a healthcheck to mainstay.yaml',
    );
  const isService = plan.services.some((service) => service.name === name);
  const why = isService
    ? `${name} has no healthcheck`
    : isKind(name)
      ? `${plan.project} has no check of kind ${name}`
      : `${plan.project} has no check, service or kind of that name`;
  const hint = isKind(name) ? `mainstay check ${name} TARGET` : (nearest(name, known) ?? `one of: ${known.join(', ')}`);
  throw new MainstayError('unknown-check', `cannot check ${name}: ${why}`, hint);
}

/**
 * The check that a kind and a target on the command line mean.
 *
 * @throws MainstayError `usage`
 */
export async function checkOfArguments({ args, values }: Context): Promise<CheckTarget> {
  const [kind = '', ...words] = args;
  const [{ checkOfWords }, { CHECKS }] = await Promise.all([
    import('../../config/index.ts'),
    import('../../registry/checks.ts'),
  ]);
  if (!Object.hasOwn(CHECKS, kind)) {
    const kinds = Object.keys(CHECKS);
    throw usage(`cannot check: "${kind}" is no kind of check`, nearest(kind, kinds) ?? `one of: ${kinds.join(', ')}`);
  }
  const made = checkOfWords(
    { kind, words, timeout: values.get('timeout'), warn: values.get('warn'), fail: values.get('fail') },
    CHECKS,
  );
  if ('check' in made) return targetOf(made.check);
  const [first] = made.problems;
  if (first === undefined) throw new Error('there is neither a check nor a problem');
  const where = first.path === '' ? '' : `${first.path}: `;
  throw usage(`cannot check ${kind} ${words.join(' ')}: ${where}${first.reason}`, first.hint);
}
