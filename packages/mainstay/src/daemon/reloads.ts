import { MainstayError } from '@mainstay/protocol';
import type { CoordinatorEvent, Effect, World } from '../core/coordinator/index.ts';
import type { Plan } from '../core/plan/index.ts';
import type { DaemonPorts } from './ports.ts';

/** How long after a plan could not be kept it is tried again. */
const KEEP_AGAIN_MS = 1_000;

/**
 * Another plan while instances go over from one to another: nobody could say what they run.
 * @throws MainstayError `refused`
 */
export function refuseDuringReload({ rolls }: World): void {
  const [roll] = rolls.keys();
  if (roll === undefined) return;
  throw new MainstayError(
    'refused',
    `cannot take another plan: ${roll} is being reloaded`,
    `wait until mainstay status no longer says so, or mainstay stop ${roll}`,
  );
}

/** Tells the decisions what of a reload is on the disk. */
export class Reloads {
  /** Number of the newest reload that waits until it is. */
  #unconfirmed: number | null = null;
  readonly #ports: DaemonPorts;
  readonly #post: (event: CoordinatorEvent) => void;
  readonly #keep: (plan: Plan) => Promise<void>;

  constructor(ports: DaemonPorts, post: (event: CoordinatorEvent) => void, keep: (plan: Plan) => Promise<void>) {
    this.#ports = ports;
    this.#post = post;
    this.#keep = keep;
  }

  /** What is handed over next tells of this reload. */
  confirm(seq: number | null): void {
    this.#unconfirmed = seq ?? this.#unconfirmed;
  }

  handedOver(written: Promise<void>): void {
    const seq = this.#unconfirmed;
    this.#unconfirmed = null;
    if (seq === null) return;
    void written.then(
      () => this.#post({ type: 'rolls-stored', seq }),
      () => {},
    );
  }

  /** As often as it takes: until then the reload is not over, and another daemon would do it again. */
  keepPlan({ plan, service, seq }: Extract<Effect, { type: 'keep-plan' }>): void {
    this.#keep(plan).then(
      () => this.#post({ type: 'plan-kept', service, seq }),
      (error: unknown) => {
        this.#ports.daemonLog.write(`cannot keep the plan of ${service}: ${String(error)}`);
        this.#ports.clock.after(KEEP_AGAIN_MS, () => this.keepPlan({ type: 'keep-plan', plan, service, seq }));
      },
    );
  }
}
