import { describeExit, type Explanation, type JournalEvent } from '@mainstay/protocol';
import { dependencyState, type InstanceState, type World } from '../core/coordinator/index.ts';
import { healthOf } from '../core/health/index.ts';
import type { Roll } from '../core/rolling/index.ts';
import { covering } from '../core/maintenance/index.ts';
import type { LimitSupport, LogHost, Now } from '../ports/index.ts';
import { unheld } from './limits.ts';
import { remedyFacts } from './remedy/explain.ts';

type InstanceExplanation = Explanation['instances'][number];

/** Why each instance of a service is in the state it is in, and what to try. */
export function explain(
  world: World,
  name: string,
  logs: LogHost,
  events: readonly JournalEvent[],
  now: Now,
  support: LimitSupport,
): Explanation {
  const instances = [...world.instances.values()].filter((one) => one.service === name || one.id === name);
  return {
    name,
    instances: instances.map((instance) => {
      const own = events.filter((event) => event.instance === instance.id);
      return {
        instance: instance.index,
        state: instance.life.phase,
        summary: summary(instance, now),
        facts: [
          ...facts(world, instance, own, now),
          ...ofHealthcheck(world, instance, now),
          ...unheld(instance.plan, support),
        ],
        advice: advice(instance, own),
        last_lines: logs.tail(instance.id, 20),
        events: own.slice(-15),
      };
    }),
  };
}

function ofHealthcheck(world: World, { plan, remedy, service }: InstanceState, now: Now): string[] {
  if (plan.healthcheck === null) return [];
  const { dryRun } = world.plan;
  return remedyFacts({ plan: plan.healthcheck, remedy, own: service, hasPort: plan.ports.length > 0, dryRun }, now);
}

function summary({ life, service, plan }: InstanceState, now: Now): string {
  const since = `for ${seconds(now.mono - life.since.mono)}`;
  switch (life.phase) {
    case 'ready':
      return `${service} is ready ${since}${life.adopted ? ', adopted from an earlier daemon' : ''}`;
    case 'completed':
      return `${service} has completed: ${life.reason ?? 'done'}`;
    case 'stopped':
      return `${service} is stopped${life.reason === null ? '' : `: ${life.reason}`}`;
    case 'backoff':
    case 'cooldown': {
      const left = life.timer === null ? '' : `; next attempt in ${seconds(life.timer.due - now.mono)}`;
      return `${service} is in ${life.phase}: ${life.reason ?? 'it failed'}${left}`;
    }
    case 'fatal':
      return `${service} failed and is not tried again by itself: ${life.reason ?? 'unknown'}${plan.type === 'task' ? ' (a task)' : ''}`;
    default:
      return `${service} is ${life.phase} ${since}${life.reason === null ? '' : `: ${life.reason}`}`;
  }
}

function facts(world: World, instance: InstanceState, events: readonly JournalEvent[], now: Now): string[] {
  const { life, health, plan } = instance;
  const out: string[] = [];
  const say = (text: string): unknown => out.push(text);
  if (life.identity !== null) say(`process ${life.identity.pid}, incarnation ${life.incarnation}`);
  if (life.lastExit !== null)
    say(`last exit: ${describeExit(life.lastExit)}, ${seconds(now.wall - life.lastExit.at)} ago`);
  if (life.restart.restarts > 0) {
    const { attempts } = life.restart;
    const policy = plan.restartPolicy;
    say(
      `${attempts.length} of ${policy.maxAttempts} restarts used in ${seconds(policy.window)}; ${life.restart.restarts} since it was started on purpose`,
    );
  }
  for (const dependency of plan.dependsOn) {
    const state = dependencyState(world, dependency);
    say(state.kind === 'met' ? `dependency ${dependency.service}: met` : state.reason);
  }
  if (health?.lastObservation != null) {
    say(
      `healthcheck (${plan.healthcheck?.kind ?? '?'}): ${healthOf(health.mode)}, last ${health.lastObservation.status}: ${health.lastObservation.message}`,
    );
  }
  const window = covering(world.windows.values(), instance.service);
  if (window !== null)
    say(`maintenance by ${window.owner} until ${new Date(window.until).toISOString()}: ${window.reason}`);
  const roll = world.rolls.get(instance.service);
  if (roll !== undefined) say(`being reloaded: ${reloadFact(roll, instance.index)}`);
  const failed = events.findLast((event) => event.type === 'instance.spawn-failed');
  if (failed !== undefined && life.identity === null) {
    const holder = failed.data['holder'] as { port: number; pid: number | null; command: string | null } | null;
    if (holder !== null)
      say(
        `port ${holder.port} is held by pid ${holder.pid ?? '?'}${holder.command === null ? '' : `: ${holder.command}`}`,
      );
  }
  return out;
}

function reloadFact(roll: Roll, index: number): string {
  if (roll.name === 'queued') return 'it waits for its turn';
  if (roll.name === 'keeping') return 'all run the new plan, which is being written down';
  const own = roll.current?.index === index ? 'this one just now' : `${roll.left.length} still to go`;
  if (roll.name === 'back') return `back to the old plan, because ${roll.failure ?? 'one does not stand'}`;
  return roll.left.includes(index) ? 'its turn comes later' : own;
}

function advice(instance: InstanceState, events: readonly JournalEvent[]): InstanceExplanation['advice'] {
  const { life, service, plan } = instance;
  const out: string[] = [];
  const failed = events.findLast((event) => event.type === 'instance.spawn-failed');
  const hint = failed?.data['hint'];
  if (typeof hint === 'string' && life.identity === null) out.push(hint);
  switch (life.phase) {
    case 'backoff':
    case 'cooldown':
    case 'fatal':
      out.push(`mainstay logs ${service} -n 50`, `mainstay restart ${service}`);
      break;
    case 'stopped':
      out.push(`mainstay start ${service}`);
      break;
    case 'waiting':
      out.push(...plan.dependsOn.map((one) => `mainstay explain ${one.service}`));
      break;
    case 'unkillable':
      out.push(
        `look at what it waits for: cat /proc/${life.identity?.pid ?? 'PID'}/wchan; usually a disk or a network file system that does not answer`,
      );
      break;
    default:
      break;
  }
  if (plan.runbook !== null && life.phase !== 'ready' && life.phase !== 'completed')
    out.push(`runbook: ${plan.runbook}`);
  return out;
}

/** A time for people, in one unit. */
export function seconds(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 120) return `${s} s`;
  if (s < 7200) return `${Math.round(s / 60)} min`;
  return s < 172_800 ? `${Math.round(s / 3600)} h` : `${Math.round(s / 86_400)} d`;
}
