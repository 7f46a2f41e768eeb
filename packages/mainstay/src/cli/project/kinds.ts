import type { CheckKinds } from '../../config/index.ts';
import { CHECKS } from '../../registry/checks.ts';

/** The kinds of checks as configuration wants them. Loads zod. */
export function checkKinds(): CheckKinds {
  return CHECKS;
}
