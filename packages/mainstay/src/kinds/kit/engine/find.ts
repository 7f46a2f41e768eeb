import { existsSync } from 'node:fs';
import { UnusableTarget } from '../network.ts';

export const DOCKER_SOCKET = '/var/run/docker.sock';

/**
 * The socket of the engine: the one that is named, that of `DOCKER_HOST`, or the first that is there of Docker's, podman's and the
 * podman of the user. Where there is none it is Docker's.
 * @throws UnusableTarget when `DOCKER_HOST` names something else than a socket of this machine
 */
export function findSocket(
  named: string | null,
  environment: Readonly<Record<string, string | undefined>>,
  uid: number,
): string {
  if (named !== null) return named;
  const host = environment['DOCKER_HOST'] ?? '';
  if (host.startsWith('unix://')) return host.slice('unix://'.length);
  if (host !== '')
    throw new UnusableTarget(`DOCKER_HOST is ${host}: only unix:// sockets of this machine can be asked`);
  const own = environment['XDG_RUNTIME_DIR'] ?? `/run/user/${uid}`;
  const known = [DOCKER_SOCKET, '/run/podman/podman.sock', `${own}/docker.sock`, `${own}/podman/podman.sock`];
  return known.find((path) => existsSync(path)) ?? DOCKER_SOCKET;
}
