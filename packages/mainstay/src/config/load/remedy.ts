import path from 'node:path';
import type { RemedyPlan, RemedyStep } from '../../core/plan/index.ts';
import { didYouMean } from '../nearest.ts';
import type { Path } from '../problem.ts';
import { listed } from '../schema/field.ts';
import { type Parsed, parseDuration, parseSignal, quoted } from '../values/index.ts';
import type { Report } from './report.ts';

const WAYS = ['restart', 'signal', 'run', 'clean'] as const;
const OF_RUN = ['user', 'timeout', 'working_dir'];
const RUN_MS = 30_000;
/** Kinds whose target is, or whose trouble comes from, a directory. */
const CLEANED = ['directory', 'disk'];

/** Where steps are written, and what they may be about. */
export interface RemedyPlace {
  report: Report;
  /** Of the check or the healthcheck. */
  path: Path;
  /** Absolute directory of mainstay.yaml. */
  directory: string;
  noun: 'healthcheck' | 'check';
  kind: string;
  target: Record<string, unknown>;
}

/** The word that says who is told, and the steps before that. */
export interface Reaction {
  word: 'restart' | 'alert' | 'none';
  steps: RemedyStep[];
}

/** What follows from a failure or a warning: a word, a step, or a list of steps. What is wrong is reported. */
export function readReaction(key: 'on_failure' | 'on_warn', written: unknown, place: RemedyPlace): Reaction {
  const at: Path = [...place.path, key];
  if (!Array.isArray(written)) return readOne(written, at, place);
  const read = written.map((one, index) => readOne(one, [...at, index], place));
  for (const [index, { steps }] of read.slice(0, -1).entries()) {
    if (steps.length > 0) continue;
    place.report.add(
      place.report.value([...at, index]),
      `nothing comes after ${String(written[index])}`,
      'make it the last of the list, or remove it',
    );
  }
  if (written.length === 0) place.report.add(place.report.value(at), 'is an empty list', 'write none');
  return { word: read.at(-1)?.word ?? 'alert', steps: read.flatMap(({ steps }) => steps) };
}

/** The plan of both levels; undefined: the word alone says it all. */
export function remedyPlan(failure: Reaction, warning: Reaction, dryRun: boolean): RemedyPlan | undefined {
  const [only, second] = failure.steps;
  const isWord = only?.do === 'restart' && only.services.length === 0 && second === undefined;
  if (warning.steps.length === 0 && !dryRun && (isWord || only === undefined)) return undefined;
  return { fail: failure.steps, warn: warning.steps, dryRun };
}

function readOne(raw: unknown, at: Path, place: RemedyPlace): Reaction {
  const { report, noun, target } = place;
  const nothing: Reaction = { word: 'alert', steps: [] };
  if (raw === 'alert' || raw === 'none') return { word: raw, steps: [] };
  if (raw === 'restart') {
    if (noun === 'healthcheck') return { word: 'restart', steps: [{ do: 'restart', services: [] }] };
    const { service } = target;
    if (typeof service === 'string') return { word: 'restart', steps: [{ do: 'restart', services: [service] }] };
    report.add(report.value(at), 'does not say which service', 'write { restart: NAME }');
    return nothing;
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    const words = ['restart', 'alert', 'none'];
    const hint = typeof raw === 'string' ? didYouMean(raw, words) : null;
    report.add(report.value(at), `must be ${listed([...words, 'a step'])}, not ${quoted(raw)}`, hint);
    return nothing;
  }
  const step = readStep(raw as Record<string, unknown>, at, place);
  return step === null ? nothing : { word: 'restart', steps: [step] };
}

function readStep(form: Record<string, unknown>, at: Path, place: RemedyPlace): RemedyStep | null {
  const { report } = place;
  const known = [...WAYS, ...OF_RUN];
  if (!hasOnly(form, known, 'a step', at, report)) return null;
  const chosen = WAYS.filter((way) => form[way] !== undefined);
  const [way] = chosen;
  if (way === undefined || chosen.length > 1) {
    report.add(report.value(at), `must say one of ${listed(WAYS)}`, 'several steps are a list');
    return null;
  }
  const stray = OF_RUN.find((key) => form[key] !== undefined && way !== 'run');
  if (stray !== undefined) {
    report.add(report.key([...at, stray]), `"${stray}" belongs to run, and this step is ${way}`, 'remove it');
    return null;
  }
  switch (way) {
    case 'restart':
      return readRestart(form['restart'], [...at, 'restart'], report);
    case 'signal':
      return readSignal(form['signal'], [...at, 'signal'], place);
    case 'run':
      return readRun(form, at, place);
    case 'clean':
      return readClean(form['clean'], [...at, 'clean'], place);
  }
}

function readRestart(raw: unknown, at: Path, report: Report): RemedyStep | null {
  const services = Array.isArray(raw) ? raw : [raw];
  if (services.length > 0 && services.every((one) => typeof one === 'string' && one !== ''))
    return { do: 'restart', services: services as string[] };
  report.add(report.value(at), `must be a service or a list of services, not ${quoted(raw)}`);
  return null;
}

function readSignal(raw: unknown, at: Path, { report, noun }: RemedyPlace): RemedyStep | null {
  const isShort = typeof raw !== 'object' || raw === null || Array.isArray(raw);
  const form = isShort ? { signal: raw } : (raw as Record<string, unknown>);
  if (!hasOnly(form, ['service', 'signal'], 'signal', at, report)) return null;
  const { service = null } = form;
  if (service !== null && typeof service !== 'string') {
    report.add(report.value([...at, 'service']), `must be a service, not ${quoted(service)}`);
    return null;
  }
  if (service === null && noun === 'check') {
    report.add(report.value(at), 'does not say which service', 'write { signal: { service: NAME, signal: SIGHUP } }');
    return null;
  }
  const signal = taken(parseSignal(form['signal']), isShort ? at : [...at, 'signal'], report);
  return signal === null ? null : { do: 'signal', service, signal };
}

function readRun(form: Record<string, unknown>, at: Path, { report, directory }: RemedyPlace): RemedyStep | null {
  const { run, user = null, timeout, working_dir: workingDirectory = '.' } = form;
  if (!Array.isArray(run) || run.length === 0 || run.some((word) => typeof word !== 'string') || run[0] === '') {
    const hint = 'write [program, argument, …]; a line for a shell is [sh, -c, "line"]';
    report.add(report.value([...at, 'run']), 'must be a list: a program and its arguments', hint);
    return null;
  }
  if (user !== null && typeof user !== 'string' && typeof user !== 'number') {
    report.add(report.value([...at, 'user']), `must be a user, not ${quoted(user)}`);
    return null;
  }
  if (typeof workingDirectory !== 'string' || workingDirectory === '') {
    report.add(report.value([...at, 'working_dir']), `must be a path, not ${quoted(workingDirectory)}`);
    return null;
  }
  const limit = timeout === undefined ? RUN_MS : taken(parseDuration(timeout), [...at, 'timeout'], report);
  if (limit === null) return null;
  if (limit === 0) {
    report.add(report.value([...at, 'timeout']), 'no program can end within 0s', 'write a longer time');
    return null;
  }
  return {
    do: 'run',
    command: run as string[],
    user: user === null ? null : String(user),
    workingDirectory: path.resolve(directory, workingDirectory),
    timeout: limit,
  };
}

function readClean(raw: unknown, at: Path, { report, kind, target, noun }: RemedyPlace): RemedyStep | null {
  if (noun === 'healthcheck' || !CLEANED.includes(kind)) {
    report.add(report.key(at), `only checks of kind ${listed(CLEANED)} clean, and this is ${kind}`, 'remove it');
    return null;
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    report.add(report.value(at), `must be a mapping, not ${quoted(raw)}`, 'write { clean: { older_than: 1h } }');
    return null;
  }
  const form = raw as Record<string, unknown>;
  if (!hasOnly(form, ['older_than', 'path'], 'clean', at, report)) return null;
  if (form['older_than'] === undefined) {
    report.add(report.value(at), 'does not say how old a file has to be', 'add older_than: 1h');
    return null;
  }
  const olderThan = taken(parseDuration(form['older_than']), [...at, 'older_than'], report);
  if (olderThan === null) return null;
  const own = kind === 'directory' && form['path'] === undefined;
  const written = own ? target['path'] : form['path'];
  if (typeof written !== 'string' || written === '') {
    const why = written === undefined ? 'does not say which directory' : `must be a path, not ${quoted(written)}`;
    report.add(report.value(written === undefined ? at : [...at, 'path']), why, 'add path: /tmp/convert');
    return null;
  }
  const { match, recursive } = target;
  const only = own && typeof match === 'string' ? match : null;
  return { do: 'clean', path: written, own, olderThan, match: only, recursive: !own || recursive !== false };
}

function hasOnly(form: object, keys: readonly string[], noun: string, at: Path, report: Report): boolean {
  const unknown = Object.keys(form).find((key) => !keys.includes(key));
  if (unknown === undefined) return true;
  const hint = didYouMean(unknown, keys) ?? `known keys: ${keys.join(', ')}`;
  report.add(report.key([...at, unknown]), `${JSON.stringify(unknown)} is not a key of ${noun}`, hint);
  return false;
}

function taken<T>(parsed: Parsed<T>, at: Path, report: Report): T | null {
  if ('value' in parsed) return parsed.value;
  report.add(report.value(at), parsed.reason, parsed.hint);
  return null;
}

/** Services that steps name, with their places: they have to be there, and be no tasks. */
export function checkSteps(
  { fail, warn }: Pick<RemedyPlan, 'fail' | 'warn'>,
  at: Path,
  services: ReadonlyMap<string, 'service' | 'task'>,
  report: Report,
): void {
  for (const [key, steps] of [
    ['on_failure', fail],
    ['on_warn', warn],
  ] as const) {
    for (const step of steps) {
      const names = step.do === 'restart' ? step.services : step.do === 'signal' ? [step.service ?? []].flat() : [];
      for (const name of names) {
        const type = services.get(name);
        const place = report.value([...at, key]);
        if (type === undefined) {
          const known = [...services.keys()];
          const hint = didYouMean(name, known) ?? (known.length === 0 ? null : `services are: ${known.join(', ')}`);
          report.add(place, `there is no service "${name}"`, hint);
        } else if (type === 'task') report.add(place, `"${name}" is a task, which runs once`, 'name a service');
      }
    }
  }
}
