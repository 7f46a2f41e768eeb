import { EXIT, MainstayError } from '@mainstay/protocol';
import type { CheckExplanation, Explanation } from '@mainstay/protocol';
import { Client } from '../client/index.ts';
import type { Context } from '../framework/index.ts';
import { locateProject } from '../project/locate.ts';
import { oneLine, phaseColour, statusColour } from '../text/index.ts';
import { crashLines, named, newestCrash } from './crashes.ts';
import { eventLines, SHOWN_WITH_INTENT } from './event-lines.ts';

export async function run(context: Context): Promise<number> {
  const [name = ''] = context.args;
  const project = locateProject(context);
  let explanation: Explanation;
  try {
    explanation = await new Client(project).json<Explanation>('GET', `/api/v1/explain/${encodeURIComponent(name)}`);
  } catch (error) {
    if (!(error instanceof MainstayError) || error.code !== 'no-daemon') throw error;
    const { explainFromFiles } = await import('./explain-files.ts');
    return explainFromFiles(name, project, error, context);
  }
  const { check } = explanation;
  if (check !== undefined) {
    context.io.out(context.json ? `${JSON.stringify(explanation, null, 2)}\n` : checkText(name, check, context));
    return EXIT.done;
  }
  const { service } = named(name);
  for (const one of explanation.instances) one.crash = newestCrash(project.stateDir, service, one.instance);
  context.io.out(context.json ? `${JSON.stringify(explanation, null, 2)}\n` : explanationText(explanation, context));
  return EXIT.done;
}

type Instance = Explanation['instances'][number];

function explanationText(explanation: Explanation, context: Context): string {
  const several = explanation.instances.length > 1;
  return explanation.instances
    .map((one) => instanceText(several ? `${explanation.name}/${one.instance}` : explanation.name, one, context))
    .join('\n');
}

function checkText(name: string, check: CheckExplanation, context: Context): string {
  const { style } = context;
  const lineOf = eventLines(() => name, context, SHOWN_WITH_INTENT);
  const happened = check.events.map(lineOf).filter((line) => line !== null);
  const lines = [
    `${style('bold', name)}  ${check.kind}  ${style(statusColour(check.status), check.status)}`,
    `  ${oneLine(check.summary)}`,
    ...check.facts.map((fact) => `  ${oneLine(fact)}`),
  ];
  if (happened.length > 0)
    lines.push('', style('bold', '  What happened'), ...happened.map((line) => `  ${line.trimEnd()}`));
  if (check.advice.length > 0)
    lines.push('', style('bold', '  What to try'), ...check.advice.map((advice) => `  - ${oneLine(advice)}`));
  return `${lines.join('\n')}\n`;
}

function instanceText(name: string, one: Instance, context: Context): string {
  const { style } = context;
  const lineOf = eventLines(() => name, context, SHOWN_WITH_INTENT);
  const happened = one.events.map(lineOf).filter((line) => line !== null);
  const lines = [
    `${style('bold', name)}  ${style(phaseColour(one.state), one.state)}`,
    `  ${oneLine(one.summary)}`,
    ...one.facts.map((fact) => `  ${oneLine(fact)}`),
  ];
  if (happened.length > 0) {
    lines.push('', style('bold', '  What happened'));
    lines.push(...happened.map((line) => `  ${line.trimEnd()}`));
  }
  if (one.crash != null) lines.push(...crashLines(one.crash, context));
  if (one.last_lines.length > 0) {
    lines.push('', style('bold', '  Its last lines'));
    lines.push(...one.last_lines.map((line) => `  ${style('grey', '|')} ${oneLine(line)}`));
  }
  if (one.advice.length > 0) {
    lines.push('', style('bold', '  What to try'));
    lines.push(...one.advice.map((advice) => `  - ${oneLine(advice)}`));
  }
  return `${lines.join('\n')}\n`;
}
