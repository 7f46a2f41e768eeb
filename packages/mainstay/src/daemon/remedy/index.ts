/** Carries out what the decisions ask for because of checks: the question to another layer, programs, cleaning. */
import { dirname, resolve } from 'node:path';
import { splitInstanceId, type HangEvidence, type InstanceId } from '@mainstay/protocol';
import { describeStep } from '../../core/remedy/index.ts';
import type { CoordinatorEvent, Effect, InstanceState, World } from '../../core/coordinator/index.ts';
import { instancesOf } from '../../core/coordinator/index.ts';
import type { RemedyStep } from '../../core/plan/index.ts';
import { expandDeep } from '../../core/template/index.ts';
import type { CleanJob, StepResult } from '../../ports/index.ts';
import type { DaemonPorts, ServiceEnvironment } from '../ports.ts';
import { addressOf, CONNECTS } from './address.ts';

type RemedyEffect = Extract<Effect, { remedy: string }>;
type Taken = Extract<RemedyEffect, { type: 'take-step' }>;

/** The second layer has answered by then, or says nothing. */
const ASK_MS = 10_000;
/** An action that does not end by itself at its timeout is given up after this much longer. */
const STUBBORN_MS = 10_000;
const CLEAN_MS = 600_000;

export class Remedies {
  readonly #ports: DaemonPorts;
  readonly #world: () => World;
  readonly #post: (event: CoordinatorEvent) => void;
  readonly #keep: (instance: InstanceId, incarnation: number, evidence: HangEvidence) => void;

  /** @param keep takes what was found of an incarnation that may be ended now */
  constructor(
    ports: DaemonPorts,
    world: () => World,
    post: (event: CoordinatorEvent) => void,
    keep: (instance: InstanceId, incarnation: number, evidence: HangEvidence) => void,
  ) {
    this.#ports = ports;
    this.#world = world;
    this.#post = post;
    this.#keep = keep;
  }

  carry(effect: RemedyEffect): void {
    if (effect.type === 'ask-second-layer') this.#ask(effect);
    else this.#take(effect);
  }

  #ask({ remedy: subject, seq, step }: Extract<RemedyEffect, { type: 'ask-second-layer' }>): void {
    const targets = this.#targets(step, subject).filter(({ life }) => life.identity !== null);
    const { kind, address } = this.#address(subject, targets[0] ?? null);
    const question = {
      address,
      connects: !CONNECTS.has(kind),
      processes: targets.flatMap(({ life }) => life.identity ?? []),
    };
    const asked = targets.map(({ id, life }) => ({ id, incarnation: life.incarnation, pid: life.identity?.pid }));
    const silent = { word: 'silent' as const, text: 'no second layer answers', evidence: null };
    void this.#within(this.#ports.remedies.ask(question), ASK_MS, silent).then(({ word, text, evidence }) => {
      for (const { id, incarnation, pid } of evidence === null ? [] : asked) {
        const processes = evidence?.processes.filter(({ leader }) => leader === pid) ?? [];
        if (evidence !== null) this.#keep(id, incarnation, { ...evidence, processes });
      }
      this.#post({ type: 'second-layer', subject, seq, word, text });
    });
  }

  #take({ remedy: subject, seq, step, dry }: Taken): void {
    const limit = step.do === 'run' ? step.timeout : CLEAN_MS;
    const late: StepResult = { ok: false, text: `${describeStep(step, null)}: does not end`, data: {} };
    const result =
      step.do === 'run'
        ? this.#ports.remedies.run(this.#job(step, subject))
        : this.#ports.remedies.clean(this.#cleaning(step, dry));
    void this.#within(result, limit + STUBBORN_MS, late).then(({ ok, text, data }) =>
      this.#post({ type: 'remedy-done', subject, seq, ok, text: `${subject}: ${text}`, data }),
    );
  }

  #cleaning({ path, olderThan, match, recursive }: Extract<RemedyStep, { do: 'clean' }>, dry: boolean): CleanJob {
    const { directory } = this.#world().plan;
    const expanded = expandDeep(path, this.#ports.projectEnvironment().lookup) as string;
    const own = { project: directory, state: dirname(this.#ports.logDirectory) };
    return { path: resolve(directory, expanded), olderThanMs: olderThan, match, recursive, dry, ...own };
  }

  #job(step: Extract<RemedyStep, { do: 'run' }>, subject: string) {
    const { values, lookup, asUser } = this.#environment(subject, step.user);
    const command = expandDeep(step.command, lookup) as string[];
    return {
      program: command[0] ?? '',
      command: [...asUser, ...command],
      environment: { ...values, ...this.#told(subject) },
      workingDirectory: step.workingDirectory,
      timeoutMs: step.timeout,
    };
  }

  /** As mainstay itself; because of a healthcheck, as the service: as an `exec` check of each would run. */
  #environment(subject: string, user: string | null): ServiceEnvironment {
    const instance = this.#instance(subject);
    if (instance === undefined) return this.#ports.projectEnvironment(user);
    const { plan, index } = instance;
    return this.#ports.environment(user === null ? plan : { ...plan, user, group: null }, index);
  }

  /** What a program is told of why it is run. */
  #told(subject: string): Record<string, string> {
    const { checks, incidents } = this.#world();
    const watch = checks.get(subject);
    const instance = this.#instance(subject);
    const { status, message } = watch?.last ?? instance?.health?.lastObservation ?? { status: 'unknown', message: '' };
    const name = watch === undefined ? splitInstanceId(subject as InstanceId).service : subject;
    const incident = incidents.open.find(({ involved }) => involved.some((one) => one.name === name));
    return {
      MAINSTAY_CHECK: name,
      MAINSTAY_STATUS: status,
      // A NUL would end it, and is no part of a message.
      MAINSTAY_MESSAGE: message.replaceAll('\0', ''),
      MAINSTAY_INCIDENT: incident === undefined ? '' : String(incident.id),
    };
  }

  #instance(subject: string): InstanceState | undefined {
    return this.#world().instances.get(subject as InstanceId);
  }

  #targets(step: RemedyStep, subject: string): InstanceState[] {
    if (step.do !== 'restart' || step.services.length === 0) return [this.#instance(subject) ?? []].flat();
    return step.services.flatMap((name) => instancesOf(this.#world(), name));
  }

  /** Where the check looks; of one that looks at no address, the first port of what would be restarted. */
  #address(
    subject: string,
    target: InstanceState | null,
  ): { kind: string; address: { host: string; port: number } | null } {
    const instance = this.#instance(subject);
    const plan = this.#world().checks.get(subject)?.plan ?? instance?.plan.healthcheck ?? null;
    if (plan === null) return { kind: '', address: null };
    const { lookup } = this.#environment(subject, null);
    const address = addressOf(expandDeep(plan.target, lookup) as Record<string, unknown>);
    if (address !== null || target === null) return { kind: plan.kind, address };
    const port = target.plan.ports.find(({ protocol }) => protocol === 'tcp');
    if (port === undefined) return { kind: plan.kind, address: null };
    return { kind: '', address: { host: port.host ?? '127.0.0.1', port: port.port + target.index * port.step } };
  }

  async #within<T, L>(work: Promise<T>, limitMs: number, late: L): Promise<T | L> {
    const { promise, resolve } = Promise.withResolvers<T | L>();
    const timer = this.#ports.clock.after(limitMs, () => resolve(late));
    void work.then(resolve, () => resolve(late));
    const answer = await promise;
    timer.cancel();
    return answer;
  }
}
