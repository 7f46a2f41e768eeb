import type { CheckPlan } from '../../core/plan/index.ts';
import type { Problem } from '../problem.ts';
import { checkSchema } from '../schema/check.ts';
import { type CheckKinds, issueProblems } from '../schema/index.ts';
import { type MapNode, parseYaml } from '../yaml/index.ts';
import { checkTimes } from './check-semantics.ts';
import { resolveCheck } from './check.ts';
import { asHealthcheck, serviceRegion } from './regions.ts';
import { Report } from './report.ts';
import { toValue } from './values.ts';

/** A check as words of a command line. */
export interface CheckWords {
  kind: string;
  /** The program of `exec` and its arguments; of other kinds one word, or a mapping such as `{ address: …, send: PING }`. */
  words: readonly string[];
  timeout?: string | undefined;
  warn?: string | undefined;
  fail?: string | undefined;
}

/** What the command line is called where a file would be named. */
const COMMAND_LINE = 'the command line';
const NOWHERE: MapNode = { type: 'map', at: { line: 1, column: 1 }, path: [], entries: new Map() };

/** The check that words of a command line mean, or what is wrong with them. References in them stay for the run. */
export function checkOfWords(
  { kind, words, timeout, warn, fail }: CheckWords,
  kinds: CheckKinds,
): { check: CheckPlan } | { problems: Problem[] } {
  const report = new Report(COMMAND_LINE, NOWHERE);
  const target = targetOf(kind, words, kinds, report);
  const given = Object.entries({ [kind]: target, timeout, warn, fail }).filter(([, value]) => value !== undefined);
  const parsed = checkSchema(kinds).safeParse(Object.fromEntries(given));
  if (!parsed.success) {
    report.problems.push(...issueProblems(parsed.error.issues, { file: COMMAND_LINE, root: NOWHERE, base: [] }));
    return { problems: report.problems };
  }
  const check = resolveCheck(kind, parsed.data, { kinds, report, root: NOWHERE, directory: '/' });
  if (check !== null) checkTimes(check, report);
  return check === null || report.problems.length > 0 ? { problems: report.problems } : { check };
}

function targetOf(kind: string, words: readonly string[], kinds: CheckKinds, report: Report): unknown {
  if (kind === 'exec') return words;
  const [word = '', ...others] = words;
  if (others.length > 0) {
    report.add(report.value([]), `${kind} takes one target, and this is more`, 'put it in quotation marks');
  }
  if (word.startsWith('{')) {
    const { root, problems } = parseYaml(COMMAND_LINE, word);
    report.problems.push(...problems);
    if (root === null) return word;
    return toValue(root, {
      regionOf: (at) => serviceRegion(asHealthcheck([kind, ...at])),
      string: ({ text }) => text,
    });
  }
  const { schema, main = '' } = kinds[kind] ?? {};
  const fits = (value: string | number): boolean => schema?.safeParse({ [main]: value }).success === true;
  return /^\d/.test(word) && !fits(word) && fits(Number(word)) ? Number(word) : word;
}
