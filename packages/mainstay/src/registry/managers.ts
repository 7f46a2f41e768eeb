/** Who runs a service instead of mainstay. Loads no check, and is loaded only where there is such a service. */
import type { ForeignPlan } from '../core/plan/index.ts';
import { findSocket } from '../kinds/kit/engine/index.ts';
import { containerManager } from '../kinds/managers/container/index.ts';
import { unitManager } from '../kinds/managers/unit/index.ts';
import type { Manager } from '../ports/index.ts';

/**
 * One manager for each engine and each systemd.
 * @param uid of the user that mainstay runs as
 */
export function managers(
  environment: Readonly<Record<string, string | undefined>>,
  uid: number,
): (foreign: ForeignPlan) => Manager {
  const known = new Map<string, Manager>();
  const once = (key: string, make: () => Manager): Manager => {
    const manager = known.get(key) ?? make();
    known.set(key, manager);
    return manager;
  };
  // The systemd of a user is found by the directory of its sockets, which a daemon may not have been given.
  const complete = { XDG_RUNTIME_DIR: `/run/user/${uid}`, ...environment };
  return (foreign) => {
    if (foreign.by === 'unit')
      return once(`unit ${foreign.user}`, () => unitManager(foreign.user, foreign.user ? complete : environment));
    const socket = findSocket(foreign.socket, environment, uid);
    return once(`container ${socket}`, () => containerManager(socket));
  };
}
