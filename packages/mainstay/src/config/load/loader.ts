import path from 'node:path';
import type { CheckPlan, ServicePlan } from '../../core/plan/index.ts';
import type { EnvironmentSources } from '../../core/template/index.ts';
import type { z } from 'zod';
import type { Path, Problem } from '../problem.ts';
import { type CheckKinds, issueProblems } from '../schema/index.ts';
import { checkSchema } from '../schema/check.ts';
import { serviceSchema } from '../schema/service.ts';
import { type Entry, type MapNode, type Node, type ScalarNode, nodeAt, variablesAsMap } from '../yaml/index.ts';
import { resolveCheck } from './check.ts';
import { type EnvFiles, shownBeside } from './files.ts';
import { alertsRegion, asHealthcheck, isLate, isLateInAlerts, serviceRegion } from './regions.ts';
import type { Report } from './report.ts';
import { resolveService } from './service.ts';
import { TYPED, toValue } from './values.ts';
import { type Scope, Variables } from './variables.ts';

/** A service, and its keys that had errors: their place in the plan holds a default. */
export interface LoadedService {
  plan: ServicePlan;
  broken: ReadonlySet<string>;
}

export interface LoaderOptions {
  directory: string;
  kinds: CheckKinds;
  report: Report;
  root: MapNode;
  envFiles: EnvFiles;
  /** Of the `.env` beside mainstay.yaml. */
  dotenv: Record<string, string>;
  process: Readonly<Record<string, string | undefined>>;
  /** Further paths whose references are kept, and expanded when they are used. */
  late?: (path: readonly string[]) => boolean;
  /** References are looked up by nobody: another program reads this, on another machine perhaps. */
  open?: boolean;
}

/** Turns the nodes of one file into values, with references resolved or checked, and these into the plan's services. */
export class Loader {
  private readonly options: LoaderOptions;
  private readonly variables: Variables;
  private readonly schema: ReturnType<typeof serviceSchema>;

  constructor(options: LoaderOptions) {
    this.options = options;
    this.variables = new Variables(options.report);
    this.schema = serviceSchema(options.kinds);
  }

  /** The value of the file without its services and checks. */
  top(): unknown {
    const { root } = this.options;
    const entries = new Map(root.entries);
    for (const key of ['services', 'checks', 'monitor']) {
      const section = root.entries.get(key);
      if (section?.node.type !== 'map') continue;
      entries.set(key, { at: section.at, node: { ...section.node, entries: new Map() } });
    }
    const scope = this.outer({});
    return toValue(
      { ...root, entries },
      {
        regionOf: (at) => {
          if (at[0] === 'alerts') return alertsRegion(at);
          if (at[0] !== 'environments') return TYPED;
          if (at[2] === 'alerts') return alertsRegion(at.slice(2));
          if (at[2] === 'checks') return serviceRegion(asHealthcheck(at.slice(4)));
          return at[2] === 'services' ? serviceRegion(at.slice(4)) : TYPED;
        },
        string: (node, at) => {
          if (at[0] !== 'environments') {
            const isLater = isLateInAlerts(at) || this.options.late?.(at) === true;
            return this.textOf(node, scope, isLater);
          }
          this.variables.leaveOpen(node);
          return node.text;
        },
      },
    );
  }

  /** What a schema found, without what is about values that nobody knows or should see. */
  issueProblems(issues: readonly z.core.$ZodIssue[], base: Path): Problem[] {
    const { report, root } = this.options;
    const problems = issueProblems(issues, { file: report.file, root, base });
    return problems
      .filter((problem) => !this.variables.isUnknown(problem))
      .map((problem) => this.variables.concealed(problem));
  }

  /**
   * The plan of a service; null when nothing can be made of it. What is wrong is reported, and the keys
   * that it is wrong in are left out, so that the rest can be looked at all the same.
   */
  async service(name: string): Promise<LoadedService | null> {
    const { report, root, directory, kinds } = this.options;
    const node = withVariables(nodeAt(root, ['services', name]));
    if (node?.type !== 'map') {
      const place = report.value(['services', name]);
      report.add(
        place,
        node?.type === 'scalar' && node.value === null ? 'has no command' : 'must be a mapping',
        'add command: [program, argument, …]',
      );
      return null;
    }
    const value = this.serviceValue(name, node, await this.serviceScope(name, node));
    const parsed = this.schema.safeParse(value);
    const broken = new Set<string>();
    let written = parsed.data;
    if (!parsed.success) {
      const { issues } = parsed.error;
      report.problems.push(...this.issueProblems(issues, ['services', name]));
      for (const issue of issues) {
        const isWhole = issue.path.length === 0 && issue.code === 'unrecognized_keys';
        for (const key of isWhole ? issue.keys : [String(issue.path[0])]) broken.add(key);
      }
      const sound = Object.entries(value as Record<string, unknown>).filter(([key]) => !broken.has(key));
      written = this.schema.safeParse(Object.fromEntries(sound)).data;
    }
    if (written === undefined) return null;
    return { plan: resolveService(written, { name, directory, kinds, report, root, broken }), broken };
  }

  /** The plan of a check; null when nothing can be made of it. What is wrong is reported. */
  check(name: string): CheckPlan | null {
    const { report, root, kinds, directory } = this.options;
    const node = nodeAt(root, ['checks', name]);
    if (node?.type !== 'map') {
      report.add(report.value(['checks', name]), 'must be a mapping', `name a kind, for example { exec: [program] }`);
      return null;
    }
    const scope = this.outer({});
    const value = toValue(node, {
      regionOf: (at) => serviceRegion(asHealthcheck(at)),
      string: (scalar, at) => this.textOf(scalar, scope, isLate(asHealthcheck(at))),
    });
    const parsed = checkSchema(kinds).safeParse(value);
    if (!parsed.success) {
      report.problems.push(...this.issueProblems(parsed.error.issues, ['checks', name]));
      return null;
    }
    return resolveCheck(name, parsed.data, { kinds, report, root, directory });
  }

  /** The text of a scalar: with its references resolved, or checked and kept. */
  private textOf(scalar: ScalarNode, scope: Scope, isLater: boolean): string {
    if (this.options.open === true) {
      this.variables.leaveOpen(scalar);
      return scalar.text;
    }
    if (!isLater) return this.variables.resolve(scalar, scope);
    this.variables.check(scalar, scalar.text, scope, null);
    return scalar.text;
  }

  private serviceValue(name: string, node: MapNode, scope: Scope): unknown {
    return toValue(node, {
      regionOf: serviceRegion,
      string: (scalar, at) => {
        if (at[0] === 'env_file') return this.variables.resolve(scalar, this.outer({ SERVICE: name }));
        if (!isLate(at)) return this.variables.resolve(scalar, scope);
        this.variables.check(scalar, scalar.text, scope, at[0] === 'environment' ? (at[1] ?? null) : null);
        return scalar.text;
      },
    });
  }

  /** Where a service's references are looked up: its env files are read for that. */
  private async serviceScope(name: string, node: MapNode): Promise<Scope> {
    const { directory, envFiles, report } = this.options;
    const contents: Record<string, string>[] = [];
    const missing: string[] = [];
    const written = node.entries.get('env_file')?.node;
    const items = written?.type === 'list' ? written.items : written === undefined ? [] : [written];
    for (const item of items) {
      if (item.type !== 'scalar' || item.text === '') continue;
      const file = this.variables.resolve(item, this.outer({ SERVICE: name }));
      const shown = shownBeside(report.file, file);
      const read = await envFiles.load(path.resolve(directory, file), shown, report.node(item));
      if (read.missing) missing.push(shown);
      contents.push(read.values);
    }
    const sources = { environment: ownVariables(node), envFiles: contents, late: { SERVICE: name, INSTANCE: '0' } };
    const scope = this.scope(sources, missing, true);
    this.checkTakenOver(node, scope);
    return scope;
  }

  /** Variables of `environment` without a value are taken over from outside, and have to be there. */
  private checkTakenOver(node: MapNode, scope: Scope): void {
    const environment = node.entries.get('environment')?.node;
    if (environment?.type !== 'map') return;
    for (const [name, { node: value }] of environment.entries) {
      if (value.type === 'scalar' && value.value === null) this.variables.check(value, `\${${name}}`, scope, name);
    }
  }

  /** For what cannot depend on a service's own variables. */
  private outer(late: Record<string, string>): Scope {
    return this.scope({ environment: {}, envFiles: [], late }, [], false);
  }

  private scope(
    sources: Pick<EnvironmentSources, 'environment' | 'envFiles' | 'late'>,
    missingFiles: string[],
    service: boolean,
  ): Scope {
    const { dotenv, process } = this.options;
    return { sources: { ...sources, dotenv, process }, missingFiles, service };
  }
}

/** `environment` as templates, for looking up. */
function ownVariables(node: MapNode): Record<string, string> {
  const variables: Record<string, string> = {};
  const environment = node.entries.get('environment')?.node;
  if (environment?.type !== 'map') return variables;
  for (const [name, { node: value }] of environment.entries) {
    if (value.type === 'scalar' && value.value !== null) variables[name] = value.text;
  }
  return variables;
}

/** The service with the list form of `environment` turned into a mapping. */
function withVariables(node: Node | null): Node | null {
  const environment = node?.type === 'map' ? node.entries.get('environment') : undefined;
  if (node?.type !== 'map' || environment === undefined) return node;
  const entry: Entry = { at: environment.at, node: variablesAsMap(environment.node) };
  return { ...node, entries: new Map(node.entries).set('environment', entry) };
}
