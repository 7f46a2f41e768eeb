/** A check that asks systemd for a unit. */
import { z } from 'zod';
import { LATENCY, defineCheck } from '../../kit/define.ts';
import { durationOr } from '../../kit/fields.ts';
import type { SystemdTarget } from './target.ts';

const schema = z.strictObject({
  unit: z
    .string()
    .regex(/^[^-\s*?[\]][^\s*?[\]]*$/, 'must be the name of one unit, such as nginx.service')
    .meta({ description: 'The unit, such as `nginx.service` or `backup.timer`. Without an ending it is a service.' }),
  user: z.boolean().default(false).meta({
    description: 'Asks the systemd of the user that mainstay runs as, instead of that of the machine. Default: false.',
  }),
  restarts: z.int().min(1).default(3).meta({
    description: 'It fails when systemd has restarted the unit as often in the time of `over`. Default: 3.',
  }),
  over: durationOr('10m', 'The time in which restarts count.'),
}) satisfies z.ZodType<SystemdTarget>;

export const systemd = defineCheck({
  kind: 'systemd',
  title: 'ask systemd for a unit',
  description:
    'Asks `systemctl show` for the state of a unit. It passes while the unit is active, or when it is one that runs and ends (`Type=oneshot`) ' +
    'and its last run ended well. It warns while it is still being started or stopped. It fails when the unit is missing, masked, stopped or ' +
    'failed, and when systemd restarts it again and again, although it may run at this moment. It stays unknown on a machine without a ' +
    'running systemd.',
  schema,
  main: 'unit',
  measured: [
    { name: 'restarts', unit: 'count', worse: 'above', description: 'Restarts by systemd in the time of `over`' },
    { name: 'age', unit: 'seconds', worse: 'below', description: 'Time since it became active' },
    LATENCY,
  ],
  examples: ['systemd: nginx', 'systemd: { unit: backup.timer, user: true }'],
  run: () => import('./run.ts'),
});
