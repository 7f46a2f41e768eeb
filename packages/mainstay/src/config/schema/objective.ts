import type { FailureKind } from '@mainstay/protocol';
import { duration, mapping, percent } from './field.ts';

const recovery = {
  crash: duration('It ended, or could not be started.').optional(),
  hang: duration('Its healthcheck or its watchdog failed.').optional(),
  memory: duration('It used more memory than it may, or than there is.').optional(),
  dependency: duration('Something that it needs failed.').optional(),
  check: duration('A check failed.').optional(),
} satisfies Record<FailureKind, unknown>;

/** @param description whose it is */
export const objectiveSchema = (description: string) =>
  mapping('objective', description, {
    uptime: percent(
      'Share of the time that it is up. An alert is raised when what this allows is used up too fast.',
    ).optional(),
    mttr: duration('Mean time to recovery.').optional(),
    mtbf: duration('Mean time between failures.').optional(),
    rpo: duration('How much data may be lost, as the age of the newest proven backup.').optional(),
    automatic: percent('Share of failures repaired without a person.').optional(),
    rto: mapping('rto', 'How long a recovery may take, for each kind of failure.', recovery).prefault({}),
  });
