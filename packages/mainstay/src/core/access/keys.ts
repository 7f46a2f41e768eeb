/** `read`: look at everything; `control`: that, and start, stop, restart, acknowledge … */
export const SCOPES = ['read', 'control'] as const;
export type Scope = (typeof SCOPES)[number];

/** What is kept of a key: never the key itself. */
export interface ApiKey {
  /** For people: who has it. */
  name: string;
  scope: Scope;
  /** SHA-256 of the key, lower-case hexadecimal. A key is 256 random bits, which nobody can try out: no slow hash is needed. */
  hash: string;
  /** ISO 8601, UTC. */
  created: string;
}

/** What every key begins with, so that people and scanners recognise one that has leaked. */
export const KEY_PREFIX = 'mainstay_';

const HEAD = '# Keys of the API, as hashes; changed by: mainstay keys add, mainstay keys remove\n';
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;

export function isKeyName(name: string): boolean {
  return NAME.test(name);
}

/** Whether a key of one scope may do what needs another. */
export function allows(key: ApiKey, needed: Scope): boolean {
  return key.scope === 'control' || needed === 'read';
}

/** Reads a file of keys: `NAME SCOPE sha256:HEX CREATED` a line. Lines that are none are told by their numbers. */
export function parseKeys(text: string): { keys: ApiKey[]; badLines: number[] } {
  const keys: ApiKey[] = [];
  const badLines: number[] = [];
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, name = '', scope, hash = '', created = ''] =
      /^(\S+) (\S+) sha256:([0-9a-f]{64}) (\S+)\s*$/.exec(line) ?? [];
    const known = SCOPES.find((one) => one === scope);
    if (known === undefined || !isKeyName(name)) badLines.push(at + 1);
    else keys.push({ name, scope: known, hash, created });
  }
  return { keys, badLines };
}

/** One line of the file. */
export function keyLine({ name, scope, hash, created }: ApiKey): string {
  return `${name} ${scope} sha256:${hash} ${created}\n`;
}

/** The whole file. */
export function formatKeys(keys: readonly ApiKey[]): string {
  return `${HEAD}${keys.map(keyLine).join('')}`;
}
