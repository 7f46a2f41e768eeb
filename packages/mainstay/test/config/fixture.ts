/**
 * Golden fixtures of configuration: text files of sections that start with `--- name`.
 *
 *   --- mainstay.yaml       any number of files, written into a fresh directory
 *   --- set env             NAME=value lines: the environment of the process
 *   --- set environment     what `--env` would choose
 *   --- expect problems     the lines that a person sees, in order
 *   --- expect warnings
 *   --- expect plan         JSON: what differs from a plan without that key
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Plan, ServicePlan } from '../../src/core/plan/index.ts';
import { type LoadResult, describeProblem, formatProblem, loadPlan } from '../../src/config/index.ts';
import { KINDS, NOTIFIER_KINDS } from './kinds.ts';

export interface Fixture {
  files: Record<string, string>;
  env: Record<string, string>;
  environment: string | null;
  /** The text up to the expectations. */
  input: string;
  expected: string;
}

export function parseFixture(text: string): Fixture {
  const fixture: Fixture = { files: {}, env: {}, environment: null, input: '', expected: '' };
  const split = text.search(/^--- expect /m);
  fixture.input = split === -1 ? text : text.slice(0, split);
  fixture.expected = split === -1 ? '' : text.slice(split);
  for (const section of fixture.input.split(/^--- /m).slice(1)) {
    const end = section.indexOf('\n');
    const name = section.slice(0, end);
    const body = section.slice(end + 1);
    if (name === 'set environment') fixture.environment = body.trim();
    else if (name === 'set env') {
      fixture.env = Object.fromEntries(
        body
          .trim()
          .split('\n')
          .map((line) => line.split('=', 2) as [string, string]),
      );
    } else fixture.files[name] = body;
  }
  return fixture;
}

/** Loads a fixture in a directory of its own, which `use` may look at and which is removed afterwards. */
export async function withFixture<T>(
  fixture: Fixture,
  use: (result: LoadResult, directory: string) => Promise<T>,
): Promise<T> {
  const root = mkdtempSync(path.join(tmpdir(), 'mainstay-config-'));
  const directory = path.join(root, 'shop');
  try {
    mkdirSync(directory);
    for (const [name, body] of Object.entries(fixture.files)) {
      mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
      writeFileSync(path.join(directory, name), body);
    }
    const result = await loadPlan({
      file: path.join(directory, 'mainstay.yaml'),
      environment: fixture.environment,
      env: fixture.env,
      kinds: KINDS,
      notifiers: NOTIFIER_KINDS,
    });
    return await use(result, directory);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** The expectations of a fixture as they come out now. */
export async function actual(fixture: Fixture): Promise<string> {
  const plain = await withFixture(
    parseFixture('--- mainstay.yaml\nservices: { x: { command: x } }\n'),
    async ({ plan }) => plan,
  );
  return withFixture(fixture, async ({ plan, problems, warnings }, directory) => {
    let text = '';
    if (problems.length > 0) text += `--- expect problems\n${problems.map(formatProblem).join('\n')}\n`;
    if (warnings.length > 0) {
      const lines = warnings.map((warning) => `${warning.kind} ${warning.name}: ${describeProblem(warning)}`);
      text += `--- expect warnings\n${lines.join('\n')}\n`;
    }
    if (plan !== null && plain !== null)
      text += `--- expect plan\n${JSON.stringify(difference(plan, plain), null, 2)}\n`;
    return text.replaceAll(`${directory}/`, '').replaceAll(directory, '.');
  });
}

/** What a plan says beyond the defaults. */
function difference(plan: Plan, plain: Plan): Record<string, unknown> {
  const { services, file: _file, directory: _directory, ...top } = plan;
  const [base] = plain.services;
  const { name: _name, workingDirectory: _working, command: _command, ...defaults } = base as ServicePlan;
  const known: Record<string, unknown> = { ...defaults, workingDirectory: plan.directory };
  return {
    ...without(top, { ...plain, processStatusFile: path.join(plan.directory, '.mainstay/process_status.json') }),
    services: services.map((service) => without(service, known)),
  };
}

function without(value: object, known: object): Record<string, unknown> {
  const defaults = known as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(value).filter(([key, inner]) => JSON.stringify(inner) !== JSON.stringify(defaults[key])),
  );
}

export function readFixture(file: string): Fixture {
  return parseFixture(readFileSync(file, 'utf8'));
}
