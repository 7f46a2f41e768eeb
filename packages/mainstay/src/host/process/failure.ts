import { instanceLabel } from '@mainstay/protocol';
import type { PortHolder, SpawnFailure, SpawnSpec } from '../../ports/index.ts';

export type FailureReason =
  | 'missing-program'
  | 'permission'
  | 'missing-directory'
  | 'unknown-user'
  | 'unset-variable'
  | 'port-taken'
  | 'resources'
  | 'other';

/** A reason for which nothing was started: "cannot start backend: WHY". */
export function spawnFailure(
  spec: SpawnSpec,
  reason: FailureReason,
  why: string,
  hint: string | null = null,
  holder?: PortHolder,
): SpawnFailure {
  const message = `cannot start ${instanceLabel(spec.instance, spec.service.instances)}: ${why}`;
  return { reason, message, hint, ...(holder === undefined ? {} : { holder }) };
}
