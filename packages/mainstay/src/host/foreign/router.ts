import type { InstanceId } from '@mainstay/protocol';
import type { ServicePlan } from '../../core/plan/index.ts';
import type { OwnProcessHost, ProcessEvent, ProcessHost, SpawnSpec } from '../../ports/index.ts';
import type { ForeignHost } from './host.ts';

/**
 * One process host of two: the one that runs what mainstay runs itself, and the one for what something else runs. The second is
 * made when the first service asks for it; what is asked of it before waits.
 */
export function withForeign(
  own: OwnProcessHost,
  load: (emit: (event: ProcessEvent) => void) => Promise<ForeignHost>,
): ProcessHost & { close(): void } {
  let foreign: ForeignHost | null = null;
  let loading: Promise<void> | null = null;
  let closed = false;
  let sink: (event: ProcessEvent) => void = () => undefined;
  /** Incarnations that are handed to the second before it is there. */
  const early = new Set<string>();
  const waiting: ((host: ForeignHost) => void)[] = [];

  const ask = (question: (host: ForeignHost) => void): void => {
    if (foreign !== null) return question(foreign);
    waiting.push(question);
    loading ??= load((event) => sink(event)).then((host) => {
      foreign = host;
      early.clear();
      for (const one of waiting.splice(0)) one(host);
      if (closed) host.close();
    });
  };
  const isForeign = (instance: InstanceId, incarnation: number): boolean =>
    foreign === null ? early.has(keyOf(instance, incarnation)) : foreign.has(instance, incarnation);
  const hand = (instance: InstanceId, incarnation: number, question: (host: ForeignHost) => void): void => {
    if (foreign === null) early.add(keyOf(instance, incarnation));
    ask(question);
  };

  return {
    connect(to) {
      sink = to;
      own.connect(to);
    },
    spawn(spec: SpawnSpec) {
      if (spec.service.foreign === null) own.spawn(spec);
      else hand(spec.instance, spec.incarnation, (host) => host.spawn(spec));
    },
    watch: (instance: InstanceId, service: ServicePlan) => ask((host) => host.watch(instance, service)),
    unwatch: (instance) => ask((host) => host.unwatch(instance)),
    adopt(tree, keepExit) {
      if (tree.leader?.foreign === undefined) own.adopt(tree, keepExit);
      else hand(tree.instance, tree.incarnation, (host) => host.adopt(tree, keepExit));
    },
    signal(instance, incarnation, signal, scope) {
      if (isForeign(instance, incarnation)) ask((host) => host.signal(instance, incarnation, signal, scope));
      else own.signal(instance, incarnation, signal, scope);
    },
    kill(instance, incarnation) {
      if (isForeign(instance, incarnation)) ask((host) => host.kill(instance, incarnation));
      else own.kill(instance, incarnation);
    },
    observe: () => own.observe(),
    limits: own.limits,
    limit: (instance, incarnation, resources) => own.limit(instance, incarnation, resources),
    usage(instance, incarnation, above) {
      if (foreign?.has(instance, incarnation) === true) return foreign.usage(instance, incarnation, above);
      return own.usage(instance, incarnation, above);
    },
    problems: () => [...own.problems(), ...(foreign?.problems() ?? [])],
    forget(instance, incarnation) {
      own.forget(instance, incarnation);
      if (foreign !== null || loading !== null) ask((host) => host.forget(instance, incarnation));
    },
    close() {
      closed = true;
      foreign?.close();
    },
  };
}

const keyOf = (instance: InstanceId, incarnation: number): string => `${instance}:${incarnation}`;
