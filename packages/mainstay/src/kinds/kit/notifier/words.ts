import { formatDuration } from '../../../core/quantity/index.ts';
import type { AlertFacts, AlertMessage, Severity } from '../../../core/alert/index.ts';
import { oneLine } from '../observe.ts';

const BAD: Record<Severity, string> = { critical: 'DOWN', warning: 'WARNING', info: 'NOTICE' };

/** Longest value of a line, in characters. */
const VALUE_LIMIT = 500;

/** One thing that a message says, for example Cause. */
export interface Line {
  label: string;
  value: string;
}

/** The first line of a message: `DOWN postgres@host (#142)`. */
export function headline({ alerts, stage, host, isTest }: AlertMessage): string {
  const [first, ...others] = alerts;
  const subjects = alerts.map(({ subject }) => subject).join(', ');
  const what =
    others.length === 0
      ? `${first.subject}@${host} (#${first.id})`
      : `${alerts.length} alerts@${host}: ${subjects} (${alerts.map(({ id }) => `#${id}`).join(', ')})`;
  const before = isTest ? 'TEST: ' : '';
  return oneLine(`${before}${word(stage, worst(alerts))} ${what}`, 200);
}

function word(stage: AlertMessage['stage'], severity: Severity): string {
  if (stage === 'closed') return 'UP';
  if (stage === 'reminder') return `STILL ${BAD[severity]}`;
  return stage === 'escalated' ? `UNACKNOWLEDGED ${BAD[severity]}` : BAD[severity];
}

/** The worst severity of a message. */
export function worst(alerts: AlertMessage['alerts']): Severity {
  const found = (['critical', 'warning'] as const).find((one) => alerts.some(({ severity }) => severity === one));
  return found ?? 'info';
}

/** What a message says of one of its alerts. Values are single lines. */
export function linesOf(alert: AlertFacts, { stage }: AlertMessage): Line[] {
  const lasted = alert.until === null ? null : Math.max(0, alert.until - alert.since);
  const said: [string, string | null][] = [
    ['Cause', alert.cause],
    ['Since', utc(alert.since)],
    ['Recovered', alert.until === null ? null : `${utc(alert.until)}, after ${roughly(lasted ?? 0)}`],
    ['What is done', stage === 'closed' ? null : alert.action],
    ['Affected', alert.affected.length === 0 ? null : alert.affected.join(', ')],
    ['Owner', alert.owner],
    ['Runbook', alert.runbook],
  ];
  return said.flatMap(([label, value]) => (value === null ? [] : [{ label, value: oneLine(value, VALUE_LIMIT) }]));
}

/** What a message says of itself: where it comes from, and of when. */
export function footer({ project, host, at, isTest, link }: AlertMessage): string[] {
  return [
    ...(isTest ? ['This is a test of mainstay alerts test: nothing has happened.'] : []),
    ...(link === null ? [] : [link]),
    `mainstay, project ${project} on ${host}, ${utc(at)}`,
  ];
}

/** All of a message as plain text. */
export function plainText(message: AlertMessage): string {
  const blocks = message.alerts.map((alert) => {
    const title = message.alerts.length === 1 ? [] : [`${alert.subject} (#${alert.id})`];
    return [...title, ...linesOf(alert, message).map(({ label, value }) => `${label}: ${value}`)].join('\n');
  });
  return [headline(message), ...blocks, footer(message).join('\n')].join('\n\n');
}

/** `2026-11-28 17:30:00 UTC` */
export function utc(wall: number): string {
  return `${new Date(wall).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** To the second, so that a person can read it. */
function roughly(ms: number): string {
  return ms < 1000 ? 'less than a second' : formatDuration(Math.round(ms / 1000) * 1000);
}

/** The colour of a message as `0xRRGGBB`: green for a recovery, else by its severity. */
export function colour({ stage, alerts }: AlertMessage): number {
  if (stage === 'closed') return 0x2e_b8_86;
  const severity = worst(alerts);
  return severity === 'critical' ? 0xe0_1e_5a : severity === 'warning' ? 0xec_b2_2e : 0x36_c5_f0;
}

/** Text that stands in HTML. */
export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** The beginning of a text that is too long for the other side, counted in UTF-16 units as most of them do. */
export function atMost(text: string, limit: number): string {
  if (text.length <= limit) return text;
  // Not between the halves of a character.
  const cut = text.slice(0, limit - 1).replace(/[\uD800-\uDBFF]$/, '');
  return `${cut}…`;
}
