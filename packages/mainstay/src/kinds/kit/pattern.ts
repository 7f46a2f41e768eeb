/** `/…/flags`, with the flags that make sense for a search. */
const REGEX = /^\/(.+)\/([imsu]*)$/s;

/**
 * What a text must contain: itself, or, written as `/…/` with flags from `imsu`, a match of a regular expression.
 *
 * @throws SyntaxError when the regular expression is wrong
 */
export function pattern(text: string): (within: string) => boolean {
  const parts = REGEX.exec(text);
  if (parts === null) return (within) => within.includes(text);
  const regex = new RegExp(parts[1]!, parts[2]);
  return (within) => regex.test(within);
}

/** Why a pattern cannot be used, or null. */
export function patternProblem(text: string): string | null {
  try {
    pattern(text);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
