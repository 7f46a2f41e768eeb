/** Names of variables whose values nobody should see. */
const SECRET_NAME = /pass|secret|token|key|dsn|credential|auth/i;
/** Shorter values would blank out ordinary words. */
const SHORTEST = 4;

/**
 * A message without secrets: values of variables with a telling name, and the password (or the whole user part) of URLs, become `***`.
 */
export function redact(message: string, environment: Readonly<Record<string, string>>): string {
  let clean = message.replaceAll(/([a-z][a-z0-9+.-]*:\/\/)([^\s/@?#]*)@/gi, '$1***@');
  const secrets = Object.entries(environment)
    .filter(([name, value]) => SECRET_NAME.test(name) && value.length >= SHORTEST)
    .map(([, value]) => value)
    .sort((a, b) => b.length - a.length);
  for (const secret of secrets) clean = clean.replaceAll(secret, '***');
  return clean;
}

/** A URL for people: without user, password, query and fragment, all of which may hold secrets. */
export function shownUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}${url.search === '' ? '' : '?…'}`;
}
