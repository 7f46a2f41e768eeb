import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** Longest path in `struct sockaddr_un`, without its NUL. */
const LONGEST_PATH = 107;

/** A name to bind, and the same as `NOTIFY_SOCKET` says it. */
export interface SocketName {
  bind: string;
  environment: string;
  /** The file, null for an abstract name. */
  file: string | null;
}

/**
 * The notification socket of an instance: `RUNTIME/notify/HASH`, or an abstract name when that is too long for a
 * socket. The name is the same for every daemon of a project, since a running program knows only the one it was given.
 */
export function notificationSocket(runtime: string, instance: string): SocketName {
  const hash = crypto.createHash('sha256').update(`${runtime}\n${instance}`).digest('hex');
  const file = path.join(runtime, 'notify', hash.slice(0, 16));
  if (Buffer.byteLength(file) <= LONGEST_PATH) {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o711 });
    return { bind: file, environment: file, file };
  }
  const name = `mainstay-notify-${hash.slice(0, 32)}`;
  return { bind: `\0${name}`, environment: `@${name}`, file: null };
}
