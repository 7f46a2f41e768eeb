import type { CheckKinds } from '../../config/index.ts';
import { CHECKS } from '../../registry/checks.ts';

/** The kinds of checks as configuration wants them. Loads zod. */
export function checkKinds(): CheckKinds {
  return Object.fromEntries(
    Object.entries(CHECKS).map(([kind, { schema, title, shorthand }]) => [
      kind,
      { schema, title, shorthand: (value: unknown) => ({ [shorthand]: value }) },
    ]),
  );
}
