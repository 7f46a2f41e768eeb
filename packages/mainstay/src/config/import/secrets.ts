import type { Notes } from './notes.ts';
import type { Draft } from './types.ts';

const SECRET_NAME =
  /(?:^|_)(?:PASSWORD|PASSWD|PASS|PWD|SECRET|TOKEN|APIKEY|API_KEY|PRIVATE_KEY|ACCESS_KEY|SECRET_KEY|ENCRYPTION_KEY|CREDENTIALS?)(?:_|$)/i;
const URL_WITH_PASSWORD = /[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:(?!\$\{)[^\s/@]+@/i;
const SECRET_OPTION = /^--?[\w-]*(?:password|passwd|secret|token|requirepass|api-?key)[\w-]*(?:=(?!\$\{)(.+))?$/i;

/** Whether a variable is a secret that stands literally in its value (file names and templates are none). */
function isLiteralSecret(name: string, value: string): boolean {
  if (URL_WITH_PASSWORD.test(value)) return true;
  return SECRET_NAME.test(name) && !/_FILE$/i.test(name) && value !== '' && !value.includes('${');
}

const IN_TEXT: [RegExp, string][] = [
  [/([a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)(?!\$\{)[^\s/@]+@/gi, '$1***@'],
  [
    /((?:password|passwd|secret(?!s\b)|token(?!s\b)|requirepass|api[-_]?key|private[-_]?key)[\w-]*["']?\s*[:=]\s*)(?!\$\{)[^\s,}\]]+/gi,
    '$1***',
  ],
  [/(--?[\w-]*(?:password|passwd|secret|token|requirepass|api-?key)[\w-]* )(?![-$])[^\s,\]]+/gi, '$1***'],
];

/** A text without the passwords, tokens and keys that stand in it, as far as their names give them away. */
export function masked(text: string): string {
  return IN_TEXT.reduce((result, [secret, mask]) => result.replace(secret, mask), text);
}

/**
 * Notes every password, token or key that stands literally in what was read. Never quotes its value.
 * @returns whether there is one
 */
export function noteSecrets(drafts: Draft[], notes: Notes): boolean {
  let found = false;
  for (const draft of drafts) {
    for (const [name, value] of Object.entries(draft.keys.environment ?? {})) {
      if (!isLiteralSecret(name, value)) continue;
      found = true;
      notes.advice(
        draft.places?.get(name) ?? draft.where,
        `environment ${name}`,
        'a secret stands literally in the file',
        `move its value to .env (mode 0600) and write ${name}: \${${secretVariable(draft.name, name, drafts)}}`,
      );
    }
    if (hasSecretArgument(draft.keys.command ?? [])) {
      found = true;
      notes.advice(
        draft.where,
        `command of ${draft.name}`,
        'a secret stands literally in its arguments, where every user of the machine can see it',
        'move it to .env (mode 0600) and let the program read it from its environment or from a file',
      );
    }
  }
  return found;
}

/** `NAME`, or `SERVICE_NAME` when services use the name for different values. */
function secretVariable(service: string, name: string, drafts: Draft[]): string {
  const values = new Set(drafts.map((draft) => draft.keys.environment?.[name]).filter((value) => value !== undefined));
  return values.size > 1 ? `${service.toUpperCase().replace(/\W/g, '_')}_${name}` : name;
}

function hasSecretArgument(command: string[]): boolean {
  return command.some((word, index) => {
    if (URL_WITH_PASSWORD.test(word)) return true;
    const option = SECRET_OPTION.exec(word);
    if (!option) return false;
    if (option[1] !== undefined) return true;
    const next = command[index + 1];
    return !word.includes('=') && next !== undefined && !next.startsWith('-') && !next.includes('${');
  });
}
