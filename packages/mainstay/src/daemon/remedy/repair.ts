/** `check --repair`: does now what checks have done when they fail, and looks whether it helped. Loaded when somebody asks. */
import type { CheckRun, InstanceId, RepairResult } from '@mainstay/protocol';
import type { CheckTarget } from '../../core/check/index.ts';
import { instancesOf, remedyPreview, type World } from '../../core/coordinator/index.ts';
import { covering } from '../../core/maintenance/index.ts';
import type { RemedyLevel, RemedyState } from '../../core/remedy/index.ts';
import type { Daemon } from '../daemon.ts';
import { follow } from '../progress.ts';

/** Pause between two runs of a check whose step is being watched, ms. */
const LOOK_MS = 1_000;
/** How much longer than it takes to come up, and to pass, something may take. */
const PATIENCE_MS = 30_000;

/**
 * Runs checks, does what they have done when they fail, and waits for the run that shows that it helped. One after the other:
 * what is repaired for the first may be what the second misses.
 *
 * @param dryRun only what would be done is said
 */
export async function repair(
  daemon: Daemon,
  targets: readonly CheckTarget[],
  services: readonly string[],
  dryRun: boolean,
  signal: AbortSignal,
): Promise<RepairResult[]> {
  const results: RepairResult[] = [];
  for (const name of services) results.push(...(await startAgain(daemon, name, dryRun, signal)));
  for (const target of targets) results.push(await new Repair(daemon, target, signal).all(dryRun));
  return results;
}

/** A service that is wanted and is not tried again soon: started as by an operator. What one stopped stays stopped. */
async function startAgain(daemon: Daemon, name: string, dryRun: boolean, signal: AbortSignal): Promise<RepairResult[]> {
  const { world } = daemon.coordinator;
  const service = world.services.get(name);
  if (service === undefined || service.desired === 'stopped' || service.plan.type === 'task') return [];
  const down = instancesOf(world, name).find(({ life }) => DOWN.has(life.phase));
  if (down === undefined) return [];
  const was = `it was in ${down.life.phase}: ${down.life.reason ?? 'it failed'}`;
  const window = covering(world.windows.values(), name);
  if (window !== null) return [{ name, status: 'fail', did: [], message: `${was}; maintenance: ${window.reason}` }];
  if (dryRun || world.plan.dryRun) return [{ name, status: 'fail', did: [], message: `would be started (${was})` }];
  await daemon.command({ type: 'start', services: [name], reason: 'mainstay check --repair' });
  const { ok, problems } = await follow(daemon, [name], 'up', () => {}, signal);
  const message = ok ? was : (problems[0]?.message ?? 'it does not come up');
  return [{ name, status: ok ? 'pass' : 'fail', did: [`start ${name}`], message }];
}

const DOWN: ReadonlySet<string> = new Set(['backoff', 'cooldown', 'fatal']);

class Repair {
  readonly #daemon: Daemon;
  readonly #target: CheckTarget;
  readonly #signal: AbortSignal;
  readonly #did: string[] = [];

  constructor(daemon: Daemon, target: CheckTarget, signal: AbortSignal) {
    this.#daemon = daemon;
    this.#target = target;
    this.#signal = signal;
  }

  async all(dryRun: boolean): Promise<RepairResult> {
    let run = await this.#confirmed();
    const level = run.status === 'fail' || run.status === 'warn' ? run.status : null;
    if (level === null) return this.#result(run, run.message);
    const { steps } = remedyPreview(this.#world, this.#daemon.clock.now(), this.#target.id, level);
    if (steps.length === 0) return this.#result(run, `${run.message}; nothing says what to do about it`);
    if (dryRun) return this.#result(run, `${run.message}; ${this.#would(level)}`);
    for (let tried = 0; tried < steps.length && isBad(run) && !this.#signal.aborted; tried += 1) {
      const held = await this.#step(level);
      if (held !== null) return this.#result(run, `${run.message}; not done: ${held}`);
      run = await this.#watched(run);
    }
    return this.#result(run, run.message);
  }

  get #world(): World {
    return this.#daemon.coordinator.world;
  }

  #would(level: RemedyLevel): string {
    const { steps, held } = remedyPreview(this.#world, this.#daemon.clock.now(), this.#target.id, level);
    return held === null ? `would ${steps.join(', then ')}` : `would do nothing now: ${held}`;
  }

  /** Bad as often in a row as it takes to be confirmed, or the first result that is not. */
  async #confirmed(): Promise<CheckRun> {
    const plan = this.#settings();
    let run = await this.#once();
    for (let more = plan.retries - 1; more > 0 && isBad(run) && !this.#signal.aborted; more -= 1) {
      await this.#pause(Math.min(plan.startInterval, LOOK_MS));
      run = await this.#once();
    }
    return run;
  }

  #settings(): { retries: number; startInterval: number } {
    const { owner, id } = this.#target;
    const plan = owner === null ? this.#world.checks.get(id)?.plan : owner.service.healthcheck;
    return plan ?? { retries: 1, startInterval: LOOK_MS };
  }

  /** Has the next step taken; why not, or null when it is over. */
  async #step(level: RemedyLevel): Promise<string | null> {
    const subject = this.#target.id;
    const before = remedyPreview(this.#world, this.#daemon.clock.now(), subject, level);
    if (before.held !== null) return before.held;
    const { seq } = this.#state() ?? { seq: 0 };
    const heard = this.#daemon.journal.listen(({ type, message, data, instance }) => {
      const isOwn = data['check'] === subject || instance === subject;
      if (isOwn && (type === 'remedy.action' || type === 'remedy.result' || type === 'remedy.dry-run'))
        this.#did.push(message);
    });
    try {
      this.#daemon.post({ type: 'repair', subject, level });
      await this.#until(() => {
        const state = this.#state();
        return state === undefined || (state.seq !== seq && state.name !== 'asking' && state.name !== 'acting');
      });
    } finally {
      heard();
    }
    return this.#state()?.held ?? null;
  }

  #state(): RemedyState | undefined {
    const { checks, instances } = this.#world;
    return (checks.get(this.#target.id) ?? instances.get(this.#target.id as InstanceId))?.remedy;
  }

  /** Runs the check until it is good, or what was done has had its time. */
  async #watched(before: CheckRun): Promise<CheckRun> {
    const { mono } = this.#daemon.clock.now();
    const due = mono + patienceOf(this.#world) + PATIENCE_MS;
    let run = before;
    while (isBad(run) && !this.#signal.aborted && this.#daemon.clock.now().mono < due) {
      await this.#pause(LOOK_MS);
      run = await this.#once();
    }
    return run;
  }

  async #once(): Promise<CheckRun> {
    const [run] = await this.#daemon.probes.now([this.#target], this.#signal);
    if (run === undefined) throw new Error('a check that was run has no result');
    return run;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#daemon.clock.after(ms, resolve);
      this.#signal.addEventListener('abort', () => (timer.cancel(), resolve()), { once: true });
    });
  }

  /** Waits until something holds; whatever happens, the daemon changes, or time passes. */
  async #until(holds: () => boolean): Promise<void> {
    while (!holds() && !this.#signal.aborted) await this.#pause(200);
  }

  #result({ name, status }: CheckRun, message: string): RepairResult {
    return { name, status, did: this.#did, message };
  }
}

const isBad = ({ status }: CheckRun): boolean => status === 'fail' || status === 'warn';

/** The longest that a service may take to end and to come up, ms. */
function patienceOf({ services }: World): number {
  return Math.max(
    0,
    ...[...services.values()].map(({ plan }) => {
      const ready = plan.ready.by === 'start' ? 0 : plan.ready.timeout;
      return plan.stopGracePeriod + ready + plan.restartPolicy.delay;
    }),
  );
}
