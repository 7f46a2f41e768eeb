import { CHECK_TROUBLES } from './checks.ts';
import { FOREIGN_TROUBLES } from './foreign.ts';
import { TROUBLES, type Trouble } from './troubles.ts';

/** What may happen to a system, by what it has. */
export function troublesOf({ checks, foreign }: { checks?: boolean; foreign?: boolean }): readonly Trouble[] {
  const ofChecks = checks === true ? CHECK_TROUBLES : [];
  const ofForeign = foreign === true ? FOREIGN_TROUBLES : [];
  return [...TROUBLES, ...ofChecks, ...ofForeign];
}
