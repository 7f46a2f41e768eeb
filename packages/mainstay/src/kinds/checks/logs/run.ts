import type { Observation, ProbeContext } from '../../../ports/index.ts';
import { Files, Report, pattern, percentOf, shownSize, shownTime, sinceEarlier } from '../../kit/index.ts';
import { type Followed, type Place, follow } from './follow.ts';
import type { LogsTarget } from './target.ts';

/** Lines since the first run. */
interface Counted {
  lines: number;
  matches: number;
}

export async function run(target: Record<string, unknown>, context: ProbeContext): Promise<Observation> {
  const settings = target as unknown as LogsTarget;
  const report = new Report(context);
  const paths = pathsOf(settings, context);
  if (paths === null) {
    return report.observe('unknown', `there is no service "${settings.service}", or no daemon to ask`);
  }
  const logs = paths.map((path) => new Files(path, context, report));
  let at = logs[0]!;
  let last: Followed[] = [];
  try {
    const counter = new Counter(settings, context);
    const readings = await sinceEarlier(context, settings.over, async () => {
      last = [];
      for (at of logs) last.push(await counter.read(at));
      return { ...counter.counted };
    });
    const { before, now } = readings!;
    const counted = { lines: now.value.lines - before.value.lines, matches: now.value.matches - before.value.matches };
    return observe(settings, counted, (now.at - before.at) / 1000, { last, context, report });
  } catch (error) {
    return at.broken(error, 'its lines are too many');
  }
}

/** null: there is no such service. */
function pathsOf({ path, service }: LogsTarget, context: ProbeContext): string[] | null {
  if (path !== undefined) return [path];
  const instances = context.service(service ?? '');
  const paths = [...new Set(instances?.flatMap(({ logs }) => logs))];
  return paths.length === 0 ? null : paths;
}

/** Counts on from the last run, which it finds in the memory of the check. */
class Counter {
  readonly counted: Counted;
  readonly #places: Record<string, Place>;
  readonly #wanted: (line: string) => boolean;

  constructor({ match, ignore }: LogsTarget, { memory }: ProbeContext) {
    this.counted = (memory['counted'] ??= { lines: 0, matches: 0 }) as Counted;
    this.#places = (memory['places'] ??= {}) as Record<string, Place>;
    const isMatch = match === undefined ? () => true : pattern(match);
    const isIgnored = ignore === undefined ? () => false : pattern(ignore);
    this.#wanted = (line) => isMatch(line) && !isIgnored(line);
  }

  async read(files: Files): Promise<Followed> {
    const found: Counted = { lines: 0, matches: 0 };
    const followed = await follow(files, this.#places[files.path] ?? null, (line) => {
      found.lines += 1;
      if (this.#wanted(line)) found.matches += 1;
    });
    // Together: what was cut short is read once more, and counted once.
    this.#places[files.path] = followed.place;
    this.counted.lines += found.lines;
    this.counted.matches += found.matches;
    return followed;
  }
}

interface Run {
  last: Followed[];
  context: ProbeContext;
  report: Report;
}

function observe(
  { path, service }: LogsTarget,
  { lines, matches }: Counted,
  seconds: number,
  { last, context, report }: Run,
): Observation {
  const size = last.reduce((sum, one) => sum + one.size, 0);
  const written = Math.max(...last.map(({ writtenAt }) => writtenAt));
  const skipped = last.reduce((sum, one) => sum + one.skipped, 0);
  const data = {
    matches,
    share: lines === 0 ? 0 : percentOf(matches, lines),
    size,
    silence: Math.max(0, Math.round((context.wallMs() - written) / 1000)),
    lines,
  };
  const parts = [
    `${matches} of ${lines} lines match in ${shownTime(seconds)}`,
    shownSize(size),
    ...(skipped === 0 ? [] : [`${shownSize(skipped)} left out`]),
  ];
  return report.observe('pass', `${path ?? service}: ${parts.join(', ')}`, data);
}
