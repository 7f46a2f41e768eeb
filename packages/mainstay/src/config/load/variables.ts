import {
  BASE_NAMES,
  type EnvironmentSources,
  LATE_NAMES,
  type Lookup,
  expand,
  malformedReferences,
  serviceLookup,
} from '../../core/template/index.ts';
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
    return this.expand(node, node.text, scope, false);
  }

  private expand(node: ScalarNode, template: string, scope: Scope, late: boolean): string {
    if (!template.includes('$')) return template;
    const place = this.report.node(node);
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
      if (!late && name === 'INSTANCE' && scope.service) {
        this.report.add(place, '${INSTANCE} is not known here', 'use it in command, environment or healthcheck');
      }
      if (this.shellOnly(name, scope)) {
        this.report.warn(
          'shell-only',
          name,
          place,
          `\${${name}} is set only in the shell that runs this command`,
          `set it in .env, so that it is there after a reboot`,
        );
      }
    }
    return value;
  }

  private unset(node: Node, name: string, scope: Scope): void {
    const sources = scope.service ? 'environment, env_file or .env' : '.env';
    const absent = scope.missingFiles.length === 0 ? '' : ` (${scope.missingFiles.join(', ')} does not exist)`;
    this.report.add(
      this.report.node(node),
      `\${${name}} is not set${absent}`,
      `set it in ${sources}, or write \${${name}:-default}`,
    );
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
