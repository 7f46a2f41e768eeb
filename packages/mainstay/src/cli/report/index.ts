/**
 * `mainstay report`: what was seen of a project in a time (`gather.ts`), the figures of it (`model.ts`, core/uptime), and
 * one document of words and tables (`document.ts`) in four forms.
 */
import { MainstayError } from '@mainstay/protocol';
import { parseSince } from '../logs/since.ts';
import type { Project } from '../project/locate.ts';
import type { Style } from '../text/index.ts';
import { documentOf } from './document.ts';
import { recentCrashes } from './errors.ts';
import { gather } from './gather.ts';
import { html } from './html.ts';
import { json } from './json.ts';
import { markdown } from './markdown.ts';
import { reportOf } from './model.ts';
import { text } from './text.ts';

export interface ReportOptions {
  project: Project;
  /** Names of services and checks. Empty: all. */
  names: readonly string[];
  since: string;
  /** null: now. */
  until: string | null;
  /** Percent; null: none. */
  objective: string | null;
  format: 'text' | 'markdown' | 'html' | 'json';
  /** Columns of the terminal. */
  width: number;
  style: Style;
  /** UTC ms. */
  now: number;
}

/**
 * The report as text of the format.
 *
 * @throws MainstayError `usage`, `unknown-service`, or why nothing could be read
 */
export async function makeReport(options: ReportOptions): Promise<string> {
  const { project, names, now, format, width, style } = options;
  const since = parseSince(options.since, now);
  const until = Math.min(now, options.until === null ? now : parseSince(options.until, now, '--until'));
  if (since >= until) {
    throw new MainstayError('usage', 'cannot report: the time ends before it begins', '--since 30d --until 1d');
  }
  const objective = options.objective === null ? null : parseObjective(options.objective);
  const history = await gather(project, { since, until });
  const period = { since, until };
  const crashes = recentCrashes(project.stateDir, period, names);
  const report = reportOf(history, { project: project.label, period, names, objective }, crashes);
  if (format === 'json') return json(report);
  const document = documentOf(report);
  if (format === 'markdown') return markdown(document);
  if (format === 'html') return html(document, report);
  return text(document, width, style);
}

/** `99.9%` or `99.9` as a share. */
function parseObjective(value: string): number {
  const percent = /^\d+(\.\d+)?%?$/.test(value) ? Number.parseFloat(value) : Number.NaN;
  if (percent > 0 && percent < 100) return percent / 100;
  throw new MainstayError('usage', `cannot use --objective ${value}: it is no share of time`, '--objective 99.9%');
}
