import { basename } from 'node:path';
import { MainstayError } from '@mainstay/protocol';
import type { Format, Source } from './types.ts';

/** What a person is told when a file is not recognised. */
export const UNDERSTOOD =
  'docker-compose.yml or compose.yaml, Procfile, supervisord.conf, PM2 ecosystem.config.js/.cjs/.mjs/.json/.yaml, and systemd units (*.service, or a directory of them)';

const NAMES: [RegExp, Format][] = [
  [/^(?:docker-)?compose(?:[.-][\w.-]+)?\.ya?ml$/i, 'docker-compose'],
  [/^Procfile(?:\.[\w.-]+)?$/i, 'Procfile'],
  [/^supervisord?(?:[.-][\w.-]+)?\.(?:conf|ini)$/i, 'supervisord'],
  [/^(?:ecosystem|pm2|process|processes)(?:\.[\w-]+)*\.(?:js|cjs|mjs|json|ya?ml)$/i, 'PM2'],
  [/\.(?:service|timer|socket)$/i, 'systemd'],
];

const CONTENTS: [RegExp, Format][] = [
  [/^\s*\[(?:program:|supervisord\]|group:|eventlistener:)/m, 'supervisord'],
  [/^\[(?:Service|Timer|Socket)\]/m, 'systemd'],
  [/^services:/m, 'docker-compose'],
  [/^apps:|"apps"\s*:|\bapps\s*:/m, 'PM2'],
];

/** The format that a file's name says, or null. */
export function formatOfName(path: string): Format | null {
  return NAMES.find(([name]) => name.test(basename(path)))?.[1] ?? null;
}

/**
 * The format of a file, by its name or else by what is in it.
 * @throws MainstayError listing what is understood
 */
export function recognise(source: Source): Format {
  const format = formatOfName(source.path) ?? CONTENTS.find(([content]) => content.test(source.text))?.[1];
  if (format) return format;
  throw new MainstayError(
    'usage',
    `cannot read ${source.label}: its format is not known`,
    `name one of: ${UNDERSTOOD}`,
  );
}
