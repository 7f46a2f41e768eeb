/** What stands in the place of a secret. */
export const MASK = '••••••';

/** Words of names whose values nobody should see: `DB_PASSWORD`, `API_KEY`, `SENTRY_DSN`, `Authorization` … */
const SECRET_NAME =
  /(^|[_.-])(pass(word|wd|phrase)?|pwd|secrets?|tokens?|(api|access|private|secret|signing|encryption|auth)?_?keys?|dsn|credentials?|salt|authorization|cookie|requirepass|masterauth)([_.-]|$)|(password|passwd)$/i;
/** `DB_PASSWORD_FILE` names a file. */
const NAMES_A_FILE = /[_.-](file|path|dir|directory)$/i;
/** `scheme://user:password@`: up to the last `@`, so that a password with `/` or `@` is covered. */
const URL_CREDENTIALS = /([a-z][a-z0-9+.-]*:\/\/[^\s:/?#@]*:)(\S*)(@)/gi;
const WORD = String.raw`("[^"]*"|'[^']*'|\$\{[^}]*\}|[^\s;&|]+)`;
/** `--name value`, `NAME=value` and `Name: value` inside a longer text. */
const NAMED = [
  new RegExp(String.raw`(--?)([A-Za-z][\w.-]*)(\s+)${WORD}`, 'g'),
  new RegExp(String.raw`()\b([A-Za-z][\w.-]*)(=|:\s+)${WORD}`, 'g'),
];
/** `Bearer abc`, as in a header. */
const AUTHORIZATION = /\b(bearer|basic)(\s+)(\$\{[^}]*\}|[A-Za-z0-9+/=._~-]{8,})/gi;

/** Whether the value of a variable or option of this name is a secret. */
function isSecretName(name: string): boolean {
  const snake = name.replaceAll(/([a-z])([A-Z])/g, '$1_$2');
  return SECRET_NAME.test(snake) && !NAMES_A_FILE.test(snake);
}

/** A value with its secret parts masked. A value that is only references holds no secret. */
export function maskValue(name: string, value: string): string {
  if (isSecretName(name)) return isReference(value) || value === '' ? value : MASK;
  return maskText(value);
}

/** Passwords in URLs, and values after secret names, wherever they stand in a text. */
export function maskText(text: string): string {
  const withoutCredentials = text
    .replaceAll(URL_CREDENTIALS, (whole, before: string, password: string, after: string) =>
      isReference(password) ? whole : `${before}${MASK}${after}`,
    )
    .replaceAll(AUTHORIZATION, (whole, scheme: string, blank: string, value: string) =>
      isReference(value) ? whole : `${scheme}${blank}${MASK}`,
    );
  return NAMED.reduce(
    (masked, pattern) =>
      masked.replaceAll(pattern, (whole, dashes: string, name: string, between: string, value: string) =>
        isSecretName(name) && !isReference(value) ? `${dashes}${name}${between}${MASK}` : whole,
      ),
    withoutCredentials,
  );
}

/** Arguments of a command: secrets in `--option=value`, `NAME=value`, after secret options, and in texts. */
export function maskCommand(command: readonly string[]): string[] {
  return command.map((argument, index) => {
    const option = /^(-{0,2}([A-Za-z][\w.-]*)=)(.*)$/s.exec(argument);
    if (option !== null && isSecretName(option[2] ?? '')) {
      return isReference(option[3] ?? '') ? argument : `${option[1] ?? ''}${MASK}`;
    }
    const previous = index === 0 ? '' : (command[index - 1] ?? '');
    const isNamed = /^-{1,2}[A-Za-z]/.test(previous) || /^(requirepass|masterauth)$/i.test(previous);
    if (isNamed && isSecretName(previous.replace(/^-+/, '')) && !argument.startsWith('-') && !isReference(argument)) {
      return MASK;
    }
    return maskText(argument);
  });
}

/** Every text in a value, by the rules of its key. */
export function maskDeep(value: unknown, name = ''): unknown {
  if (typeof value === 'string') return maskValue(name, value);
  if (Array.isArray(value)) {
    const isCommand = value.every((item) => typeof item === 'string');
    return isCommand && !isSecretName(name) ? maskCommand(value) : value.map((item) => maskDeep(item, name));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, maskDeep(inner, key)]));
}

/** A value that is secret as a whole; the names in a mapping are not. */
export function maskSecret(value: unknown): unknown {
  if (typeof value === 'string') return value === '' || isReference(value) ? value : MASK;
  if (Array.isArray(value)) return value.map(maskSecret);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, maskSecret(inner)]));
}

/** `${NAME}` alone: it names a secret and does not hold one. A default would. */
function isReference(value: string): boolean {
  return /^["']?(\$\{[A-Za-z_][A-Za-z0-9_]*\})+["']?$/.test(value);
}
