import type { SpawnFailure, SpawnSpec } from '../../ports/index.ts';
import { spawnFailure, type FailureReason } from './failure.ts';
import { systemTool } from './tools.ts';
import { findGroup, findUser, ownUser, type User } from './users.ts';

/** Who a program runs as. */
export interface Account {
  user: User;
  /** Its group, which may be another than the user's own. */
  gid: number;
  /** The words before a command that change to it; none when nothing changes. */
  prefix: string[];
}

/**
 * The account of a service. Changes are made by setpriv, which also takes on the user's supplementary groups
 * (Node's `uid` option drops them all).
 */
export function accountOf(spec: SpawnSpec): Account | SpawnFailure {
  const { user, group } = spec.service;
  const account = accountNamed(user, group);
  if (!('why' in account)) return account;
  return spawnFailure(spec, account.reason, account.why, account.hint);
}

/** Why an account cannot be had. */
interface NoAccount {
  reason: FailureReason;
  why: string;
  hint?: string;
}

/** The same, by name or number; null: mainstay's own. */
export function accountNamed(userName: string | null, groupName: string | null): Account | NoAccount {
  const own = ownUser();
  if (userName === null && groupName === null) return { user: own, gid: own.gid, prefix: [] };
  const user = userName === null ? own : findUser(userName);
  if (user === null) return { reason: 'unknown-user', why: `there is no user "${userName}"` };
  const gid = groupName === null ? user.gid : findGroup(groupName);
  if (gid === null) return { reason: 'unknown-user', why: `there is no group "${groupName}"` };
  if (user.uid === own.uid && gid === own.gid) return { user, gid, prefix: [] };
  if (own.uid !== 0) {
    const wanted = `${userName ?? own.name}${groupName === null ? '' : `:${groupName}`}`;
    const why = `only root can start it as ${wanted}; mainstay runs as ${own.name}`;
    return { reason: 'permission', why, hint: `start mainstay as ${wanted} or as root` };
  }
  const setpriv = systemTool('setpriv');
  if (setpriv === null) {
    const why = 'changing the user needs the program setpriv';
    return { reason: 'missing-program', why, hint: 'install util-linux' };
  }
  return { user, gid, prefix: [setpriv, `--reuid=${user.uid}`, `--regid=${gid}`, supplementary(user), '--'] };
}

/** What an account adds to an environment, as a login would. */
export function accountVariables({ user: { name, home } }: Account): Record<string, string> {
  return { ...(home === null ? {} : { HOME: home }), ...(name === null ? {} : { USER: name, LOGNAME: name }) };
}

/** A number without an entry in passwd(5) is in no supplementary group. */
function supplementary(user: User): string {
  return user.name === null ? '--clear-groups' : '--init-groups';
}
