/** A check that asks Docker or podman for a container. */
import { z } from 'zod';
import { LATENCY, defineCheck } from '../../kit/define.ts';
import { durationOr } from '../../kit/fields.ts';
import type { DockerTarget } from './target.ts';

const schema = z.strictObject({
  container: z.string().min(1, 'must not be empty').meta({ description: 'Name or id of the container.' }),
  socket: z.string().min(1, 'must not be empty').default('/var/run/docker.sock').meta({
    description:
      'The socket of the engine. Default: `/var/run/docker.sock`, that of Docker; podman has `/run/podman/podman.sock`.',
  }),
  restarts: z.int().min(1).default(3).meta({
    description: 'It fails when the engine has restarted the container as often in the time of `over`. Default: 3.',
  }),
  over: durationOr('10m', 'The time in which restarts count.'),
}) satisfies z.ZodType<DockerTarget>;

export const docker = defineCheck({
  kind: 'docker',
  title: 'ask Docker for a container',
  description:
    'Asks the engine by its socket for the state of a container. It passes while the container runs and, if it has a health check of its own, ' +
    'that has not failed. It fails when the container is missing, has ended, is paused or unhealthy, or when the engine restarts it again ' +
    'and again, although it may run at this moment. It stays unknown when the engine does not answer or mainstay may not ask it.',
  schema,
  main: 'container',
  measured: [
    { name: 'restarts', unit: 'count', worse: 'above', description: 'Restarts by the engine in the time of `over`' },
    { name: 'age', unit: 'seconds', worse: 'below', description: 'Time since it was started' },
    LATENCY,
  ],
  examples: [
    'docker: legacy-app-prod',
    'docker: { container: search, socket: /run/podman/podman.sock, restarts: 2, over: 1h }\nwarn: { of: age, below: 5m }',
  ],
  run: () => import('./run.ts'),
});
