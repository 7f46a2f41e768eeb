import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { EXIT, MainstayError } from '@mainstay/protocol';
import { usage } from '../framework/index.ts';
import type { Context } from '../framework/index.ts';
import { locateProject } from '../project/locate.ts';
import { makeReport, type ReportOptions } from '../report/index.ts';
import { plain } from '../text/index.ts';

const FORMATS: readonly ReportOptions['format'][] = ['text', 'markdown', 'html', 'json'];
const ENDINGS: Readonly<Record<string, ReportOptions['format']>> = {
  md: 'markdown',
  markdown: 'markdown',
  html: 'html',
  htm: 'html',
  json: 'json',
};

export async function run(context: Context): Promise<number> {
  const { io, values, args, style } = context;
  const output = values.get('output') ?? null;
  const report = await makeReport({
    project: locateProject(context),
    names: args,
    since: values.get('since') ?? '30d',
    until: values.get('until') ?? null,
    objective: values.get('objective') ?? null,
    format: formatOf(context, output),
    width: output === null ? io.columns() : 80,
    style: output === null ? style : plain,
    now: Date.now(),
  });
  if (output === null) io.out(report);
  else write(resolve(io.cwd, output), report);
  return EXIT.done;
}

/** What is asked for, else what the name of the file says. */
function formatOf({ json, values }: Context, output: string | null): ReportOptions['format'] {
  const asked = values.get('format') ?? (json ? 'json' : undefined);
  if (asked === undefined) return ENDINGS[output?.split('.').pop() ?? ''] ?? 'text';
  const format = FORMATS.find((one) => one === asked);
  if (format !== undefined) return format;
  throw usage(`cannot use --format ${asked}: it is ${FORMATS.join(', ')}`, '--format html');
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new MainstayError(
      'usage',
      `cannot write the report: ${why}`,
      '-o FILE in a directory that you may write to',
      {
        cause,
      },
    );
  }
}
