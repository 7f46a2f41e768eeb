/** An answer of Redis, RESP version 2 (https://redis.io/docs/latest/develop/reference/protocol-spec/). */
export type Reply = string | number | null | RedisError | Reply[];

/** Redis refused a command. The first word of the message is its code: `NOAUTH`, `LOADING`, `ERR` … */
export class RedisError extends Error {
  get code(): string {
    return /^[A-Z]+/.exec(this.message)?.[0] ?? 'ERR';
  }
}

/** What came is no answer of Redis. */
export class NotRedis extends Error {
  constructor() {
    super('what answers there does not speak the protocol of Redis');
  }
}

/** Nested deeper than any answer to what is asked here. */
const DEEPEST = 8;

/**
 * The answer that begins at `from`; null while the rest of it is missing.
 *
 * @throws NotRedis
 */
export function readReply(bytes: Buffer, from: number, depth = 0): { reply: Reply; next: number } | null {
  const kind = bytes[from];
  if (kind === undefined) return null;
  if (!'+-:$*'.includes(String.fromCharCode(kind)) || depth > DEEPEST) throw new NotRedis();
  const end = bytes.indexOf('\r\n', from);
  if (end < 0) return null;
  const line = bytes.toString('utf8', from + 1, end);
  const next = end + 2;
  switch (String.fromCharCode(kind)) {
    case '+':
      return { reply: line, next };
    case '-':
      return { reply: new RedisError(line), next };
    case ':':
      return { reply: whole(line), next };
    case '$':
      return readText(bytes, whole(line), next);
    default:
      return readList(bytes, whole(line), next, depth);
  }
}

function readText(bytes: Buffer, length: number, from: number): { reply: Reply; next: number } | null {
  if (length < 0) return { reply: null, next: from };
  const end = from + length;
  if (bytes.length < end + 2) return null;
  return { reply: bytes.toString('utf8', from, end), next: end + 2 };
}

function readList(bytes: Buffer, length: number, from: number, depth: number): { reply: Reply; next: number } | null {
  if (length < 0) return { reply: null, next: from };
  const list: Reply[] = [];
  let next = from;
  while (list.length < length) {
    const item = readReply(bytes, next, depth + 1);
    if (item === null) return null;
    list.push(item.reply);
    next = item.next;
  }
  return { reply: list, next };
}

function whole(line: string): number {
  if (!/^-?\d{1,15}$/.test(line)) throw new NotRedis();
  return Number(line);
}
