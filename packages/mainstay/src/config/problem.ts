import { MainstayError } from '@mainstay/protocol';

/** A place in a file; both counted from 1, columns in characters. */
export interface Position {
  line: number;
  column: number;
}

/** Where in the configuration something stands: keys and indices from the top. */
export type Path = readonly (string | number)[];

/** Something wrong with the configuration. */
export interface Problem {
  /** As it was given to `loadPlan`, or the path of another file that it names. */
  file: string;
  /** Null when the file could not be read at all. */
  line: number | null;
  column: number | null;
  /** `services.backend.command[0]`; empty for the file as a whole. */
  path: string;
  reason: string;
  /** What to try; null when the reason says it. */
  hint: string | null;
}

/** Something that works and will surprise. */
export interface Warning extends Problem {
  /**
   * `shell-only`: a variable that only the environment of this command has; `unreachable-limit`:
   * restarts that can never be used up in their window.
   */
  kind: 'shell-only' | 'unreachable-limit';
  /** The variable, or the service. */
  name: string;
  position: Position;
}

/** `services.backend.command[0]` */
export function formatPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[\w-]+$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

/** `mainstay.yaml:14:9: services.backend.healthcheck: "intervall" is not a key of healthcheck; did you mean …?` */
export function describeProblem(problem: Problem): string {
  const place = problem.line === null ? problem.file : `${problem.file}:${problem.line}:${problem.column ?? 1}`;
  const path = problem.path === '' ? '' : `${problem.path}: `;
  const hint = problem.hint === null ? '' : `; ${problem.hint}`;
  return `${place}: ${path}${problem.reason}${hint}`;
}

/** The line that a person sees: `cannot read mainstay.yaml:14:9: …`. */
export function formatProblem(problem: Problem): string {
  return `cannot read ${describeProblem(problem)}`;
}

/** By file, then by position, each problem once. */
export function sortProblems<P extends Problem>(problems: readonly P[], mainFile: string): P[] {
  const seen = new Set<string>();
  const unique = problems.filter((problem) => {
    const key = describeProblem(problem);
    return !seen.has(key) && seen.add(key);
  });
  const rank = (problem: P): string => (problem.file === mainFile ? '' : problem.file);
  return unique.sort(
    (a, b) =>
      (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0) ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0),
  );
}

/** All problems as one error: a line each. Null when there are none. */
export function configError(problems: readonly Problem[]): MainstayError | null {
  const [first, ...others] = problems;
  if (first === undefined) return null;
  if (others.length === 0)
    return new MainstayError('config', `cannot read ${describeProblem({ ...first, hint: null })}`, first.hint);
  return new MainstayError('config', problems.map(formatProblem).join('\n'));
}
