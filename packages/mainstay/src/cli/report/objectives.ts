import type { Verdict } from '../../core/objective/index.ts';
import type { Table } from './document.ts';
import type { Row } from './model.ts';
import { percent, span } from './words.ts';

/** What is wanted beside what was seen, and what is left of error budgets. */
export function objectiveTables(rows: readonly Row[]): Table[] {
  const tables: Table[] = [];
  const judged = rows.filter(({ verdicts }) => verdicts.length > 0);
  if (judged.length > 0) tables.push(verdictTable(judged));
  const budgeted = rows.filter(({ figures }) => figures.budget !== null && figures.uptime !== null);
  if (budgeted.length > 0) tables.push(budgetTable(budgeted));
  return tables;
}

function verdictTable(rows: readonly Row[]): Table {
  const body = rows.flatMap(({ name, verdicts }) => verdicts.map((one, at) => [at === 0 ? name : '', ...cellsOf(one)]));
  const missed = rows.filter(({ verdicts }) => verdicts.some(({ verdict }) => verdict === 'missed'));
  return {
    title: 'Objectives',
    columns: [
      { title: 'NAME', shrinkTo: 12 },
      { title: 'OBJECTIVE', shrinkTo: 16 },
      { title: 'ASKED', align: 'right' },
      { title: 'MEASURED', align: 'right' },
      { title: 'RESULT' },
    ],
    rows: body,
    notes: missed.length === 0 ? [] : [`Missed by ${missed.map(({ name }) => name).join(', ')}.`],
  };
}

const WORDS: Readonly<Record<string, string>> = {
  uptime: 'uptime',
  mttr: 'repair (MTTR)',
  mtbf: 'between failures (MTBF)',
  automatic: 'repaired alone',
  rpo: 'data lost (RPO)',
};

function cellsOf({ what, asked, measured, of, missed, verdict }: Verdict): string[] {
  const isShare = what === 'uptime' || what === 'automatic';
  const told = isShare ? percent : span;
  const [, kind] = what.split('.');
  const sign = isShare || what === 'mtbf' ? '≥' : '≤';
  const name = kind === undefined ? (WORDS[what] ?? what) : `recovery: ${kind}`;
  // As it was written: a share that was asked for is not rounded.
  const wanted = isShare ? `${Number((asked * 100).toFixed(6))} %` : span(asked);
  return [name, `${sign} ${wanted}`, told(measured), resultOf(what, verdict, of, missed)];
}

function resultOf(what: string, verdict: Verdict['verdict'], of: number, missed: number): string {
  if (what === 'rpo') return 'not measured';
  if (verdict === 'open') return 'nothing to judge';
  if (of === 0) return verdict;
  return verdict === 'met' ? `met, ${of} of ${of}` : `missed, ${missed} of ${of}`;
}

function budgetTable(rows: readonly Row[]): Table {
  const body = rows.flatMap(({ name, figures: { budget } }) => {
    if (budget === null) return [];
    const left = budget.allowed - budget.used;
    const wanted = `${Number((budget.objective * 100).toFixed(6))} %`;
    return [[name, wanted, span(budget.allowed), span(budget.used), left < 0 ? `over by ${span(-left)}` : span(left)]];
  });
  return {
    title: 'Error budgets',
    columns: [
      { title: 'NAME', shrinkTo: 12 },
      { title: 'OBJECTIVE', align: 'right' },
      { title: 'ALLOWED', align: 'right' },
      { title: 'USED', align: 'right' },
      { title: 'LEFT', align: 'right' },
    ],
    rows: body,
    notes: [],
  };
}
