import type { InstanceId } from '@mainstay/protocol';

/** The variable that marks every process of a project; children inherit it. */
export const COOKIE = 'MAINSTAY_COOKIE';

/** `PROJECT:SERVICE/INDEX:INCARNATION` */
export function cookieOf(projectId: string, instance: InstanceId, incarnation: number): string {
  return `${projectId}:${instance}:${incarnation}`;
}

/** What a cookie says, if it is one of this project. */
export function parseCookie(projectId: string, cookie: string): { instance: InstanceId; incarnation: number } | null {
  if (!cookie.startsWith(`${projectId}:`)) return null;
  const match = /^(.+\/\d+):(\d+)$/.exec(cookie.slice(projectId.length + 1));
  if (match === null) return null;
  return { instance: match[1] as InstanceId, incarnation: Number(match[2]) };
}
