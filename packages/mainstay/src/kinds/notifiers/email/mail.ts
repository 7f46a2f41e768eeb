/** An alert as mail: subject, the two bodies, and the headers that make a conversation of it. */
import { createHash } from 'node:crypto';
import type { AlertMessage } from '../../../core/alert/index.ts';
import { colour, escapeHtml, footer, headline, linesOf, plainText } from '../../kit/notifier/index.ts';

export interface Mail {
  subject: string;
  text: string;
  html: string;
  messageId: string;
  /** The Message-ID of the first mail of the conversation; null: this is the first. */
  inReplyTo: string | null;
}

export function mailOf(message: AlertMessage): Mail {
  return {
    subject: `[mainstay] ${headline(message)}`,
    text: `${plainText(message)}\n`,
    html: html(message),
    messageId: messageId(message, message.key),
    inReplyTo: message.thread === message.key ? null : messageId(message, message.thread),
  };
}

/** The same for the same message, so that a second delivery can be recognised (RFC 5322 section 3.6.4). */
function messageId({ project, host }: AlertMessage, key: string): string {
  const hash = createHash('sha256').update(`${project}\n${host}\n${key}`).digest('hex').slice(0, 32);
  return `<${hash}@${domain(host)}>`;
}

/** A host's name as the right side of an address. */
export function domain(host: string): string {
  const clean = host
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]/g, '-')
    .replaceAll(/^[.-]+|[.-]+$/g, '');
  return clean === '' ? 'localhost' : clean;
}

function html(message: AlertMessage): string {
  const bar = `#${colour(message).toString(16).padStart(6, '0')}`;
  const tables = message.alerts.map((alert) => {
    const title = message.alerts.length === 1 ? '' : `<h3>${escapeHtml(`${alert.subject} (#${alert.id})`)}</h3>`;
    const rows = linesOf(alert, message).map(
      ({ label, value }) =>
        `<tr><td style="padding:2px 12px 2px 0;color:#666;vertical-align:top">${label}</td><td>${linked(value)}</td></tr>`,
    );
    return `${title}<table style="border-collapse:collapse">${rows.join('')}</table>`;
  });
  return [
    '<!doctype html><html><body style="font-family:sans-serif">',
    `<div style="border-left:6px solid ${bar};padding:4px 16px">`,
    `<h2 style="margin:0 0 8px">${escapeHtml(headline(message))}</h2>`,
    ...tables,
    `<p style="color:#666;font-size:90%">${footer(message).map(linked).join('<br>')}</p>`,
    '</div></body></html>',
  ].join('\n');
}

function linked(text: string): string {
  const safe = escapeHtml(text);
  return /^https?:\/\/\S+$/.test(text) ? `<a href="${safe}">${safe}</a>` : safe;
}
