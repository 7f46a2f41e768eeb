import {
  BASE_NAMES,
  type EnvironmentSources,
  LATE_NAMES,
  type Lookup,
  expand,
  malformedReferences,
  serviceLookup,
} from '../../core/template/index.ts';
import type { Problem } from '../problem.ts';
import type { Node, ScalarNode } from '../yaml/index.ts';
import type { Report } from './report.ts';

const LATE: ReadonlySet<string> = new Set(LATE_NAMES);

/** Where references are looked up, and what to say when that fails. */
export interface Scope {
  sources: EnvironmentSources;
  /** Environment files that do not exist: a likely reason for an unset variable. */
  missingFiles: readonly string[];
  /** Whether it is a service, which has `environment`, `env_file` and INSTANCE. */
  service: boolean;
}

/** Checks every reference in a template, and says which variables only this shell has. */
export class Variables {
  private readonly report: Report;
  /** Scalars whose value is not known; what else is said of their value means nothing. */
  private readonly unknown = new Set<string>();
  /** Scalars whose value came from variables. */
  private readonly derived = new Map<string, { template: string; value: string }>();

  constructor(report: Report) {
    this.report = report;
  }

  /** A string that stays a template: every reference must have a value when it is used. */
  check(node: ScalarNode, template: string, scope: Scope, ownName: string | null): void {
    const sources = ownName === null ? scope.sources : without(scope.sources, ownName);
    this.expand(node, template, { ...scope, sources }, true);
  }

  /** A string that is needed now. */
  resolve(node: ScalarNode, scope: Scope): string {
    const { INSTANCE: _, ...late } = scope.sources.late;
    return this.expand(node, node.text, { ...scope, sources: { ...scope.sources, late } }, false);
  }

  /**
   * A problem with a value that came from a variable, without that value: it may be a secret, and the person
   * who reads the message needs to know where it came from.
   */
  concealed(problem: Problem): Problem {
    const derived = this.derived.get(`${problem.line}:${problem.column}`);
    if (derived === undefined) return problem;
    const said = problem.reason.replace(/, not (".*"|[^"]*)$/s, '');
    const repeats = said === problem.reason && derived.value !== '' && said.includes(derived.value);
    const reason = repeats ? 'the value is not accepted' : said;
    return { ...problem, reason, hint: `it comes from ${JSON.stringify(derived.template)}` };
  }

  /** Whether the value at a place is unknown because of a reference, which was reported. */
  isUnknown({ line, column }: Pick<Problem, 'line' | 'column'>): boolean {
    return this.unknown.has(`${line}:${column}`);
  }

  /** A reference that nobody looks up: of an environment that is not chosen. */
  leaveOpen({ at, text }: ScalarNode): void {
    if (text.includes('${')) this.unknown.add(`${at.line}:${at.column}`);
  }

  private expand(node: ScalarNode, template: string, scope: Scope, late: boolean): string {
    if (!template.includes('$')) return template;
    const place = this.report.node(node);
    const before = this.report.problems.length;
    for (const { text, reason } of malformedReferences(template)) {
      this.report.add(place, `${text} ${reason}`, 'write $${ for a literal ${');
    }
    const used = new Set<string>();
    const lookup = serviceLookup(scope.sources);
    const recording: Lookup = (name) => {
      used.add(name);
      return lookup(name);
    };
    const { value, missing } = expand(template, recording);
    for (const name of missing) this.unset(node, name, scope);
    for (const name of used) {
      if (this.shellOnly(name, scope)) {
        this.report.warn(
          'shell-only',
          name,
          place,
          `\${${name}} is set only in the shell that runs this command`,
          'set it in .env, so that it is there after a reboot',
        );
      }
    }
    if (late) return value;
    if (this.report.problems.length > before) this.leaveOpen(node);
    else if (used.size > 0) this.derived.set(`${node.at.line}:${node.at.column}`, { template, value });
    return value;
  }

  private unset(node: Node, name: string, scope: Scope): void {
    const place = this.report.node(node);
    const hint = `set it in ${scope.service ? 'environment, env_file or .env' : '.env'}, or write \${${name}:-default}`;
    if (name === 'INSTANCE' && scope.service) {
      this.report.add(place, '${INSTANCE} is not known here', 'use it in command, environment or healthcheck');
      return;
    }
    if (Object.hasOwn(scope.sources.environment, name)) {
      this.report.add(place, `\${${name}} has no value, because what it refers to has none`);
      return;
    }
    const absent = scope.missingFiles.length === 0 ? '' : ` (${scope.missingFiles.join(', ')} does not exist)`;
    this.report.add(place, `\${${name}} is not set${absent}`, hint);
  }

  private shellOnly(name: string, { sources }: Scope): boolean {
    if (LATE.has(name) || BASE_NAMES.has(name) || sources.process[name] === undefined) return false;
    const written = [sources.environment, sources.dotenv, ...sources.envFiles];
    return !written.some((values) => Object.hasOwn(values, name));
  }
}

/** For the value of a variable: its own name means the next source. */
function without(sources: EnvironmentSources, name: string): EnvironmentSources {
  const { [name]: _, ...environment } = sources.environment;
  return { ...sources, environment };
}
