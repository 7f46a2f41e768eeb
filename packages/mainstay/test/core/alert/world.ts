/** Alerts in virtual time: troubles come and go, notifiers fail, the daemon dies. */
import {
  NO_ALERTS,
  attempted,
  nextLook,
  ready,
  tell,
  type AlertContext,
  type AlertRecord,
  type AlertStep,
  type Alerts,
  type Delivery,
  type Sight,
  type Trouble,
} from '../../../src/core/alert/index.ts';
import type { AlertsPlan, NotifierPlan, RoutePlan } from '../../../src/core/plan/index.ts';

/** A Saturday, 00:00 in local time, which is UTC here. */
export const MIDNIGHT = Date.UTC(2026, 10, 28);
export const MINUTE = 60_000;
export const HOUR = 3_600_000;

export const notifier = (name: string): NotifierPlan => ({ name, kind: 'slack', target: {}, secrets: [] });

export const route = (over: Partial<RoutePlan> = {}): RoutePlan => ({
  severity: ['critical', 'warning', 'info'],
  services: [],
  during: null,
  to: ['ops'],
  remind: null,
  escalate: null,
  ...over,
});

export const plan = (over: Partial<AlertsPlan> = {}): AlertsPlan => ({
  publicUrl: null,
  notifiers: [notifier('ops'), notifier('boss')],
  routes: [route()],
  group: 0,
  quiet: [],
  ...over,
});

export const trouble = (over: Partial<Trouble> = {}): Trouble => ({
  severity: 'critical',
  subject: 'web',
  cause: 'exit code 1',
  since: MIDNIGHT,
  action: null,
  affected: [],
  owner: null,
  runbook: null,
  except: null,
  ...over,
});

export type Answer = 'delivered' | 'retry' | 'permanent';

/** What arrived at a notifier. */
export interface Arrived {
  wall: number;
  delivery: Delivery;
}

/** A daemon that does as the real one does, with its time and its deaths in the hands of the test. */
export class World {
  wall = MIDNIGHT;
  alerts: Alerts = NO_ALERTS;
  plan: AlertsPlan;
  readonly sights = new Map<string, Sight>();
  readonly arrived: Arrived[] = [];
  readonly attempts: Delivery[] = [];
  readonly records: AlertRecord[] = [];
  /** What each notifier answers now; it delivers when nothing is said. */
  readonly answers = new Map<string, Answer>();
  random = 0.5;

  constructor(over: Partial<AlertsPlan> = {}) {
    this.plan = plan(over);
  }

  context(sending: Iterable<string> = []): AlertContext {
    const minute = Math.floor(this.wall / MINUTE) % (24 * 60);
    const day = new Date(this.wall).getUTCDay();
    return { plan: this.plan, wall: this.wall, local: { day, minute }, sending: new Set(sending) };
  }

  see(source: string, sight: Sight): void {
    this.sights.set(source, sight);
    this.settle();
  }

  settle(): void {
    this.take(tell(this.alerts, this.sights, this.context()));
    this.deliver();
  }

  take({ alerts, records }: AlertStep): void {
    // Everything is stored: what would not survive that is lost here.
    this.alerts = JSON.parse(JSON.stringify(alerts)) as Alerts;
    this.records.push(...records);
  }

  /** Everything that is due; `dies`: the daemon dies before it hears what became of an attempt. */
  deliver(dies: () => boolean = () => false): void {
    for (let round = 0; round < 1000; round += 1) {
      const due = ready(this.alerts, this.context());
      if (due.length === 0) return;
      for (const delivery of due) {
        this.attempts.push(delivery);
        const result = this.answers.get(delivery.notifier) ?? 'delivered';
        if (result === 'delivered') this.arrived.push({ wall: this.wall, delivery });
        if (dies()) return;
        const outcome =
          result === 'delivered'
            ? { result, remark: null }
            : result === 'retry'
              ? { result, reason: 'not now', afterMs: null }
              : { result, reason: 'never' };
        this.take(attempted(this.alerts, delivery.key, outcome, this.wall, this.random));
      }
    }
    throw new Error('deliveries never end');
  }

  /** Lets time pass, waking when the decisions ask for it. */
  advance(ms: number): void {
    const end = this.wall + ms;
    while (this.wall < end) {
      const next = nextLook(this.alerts, this.context()) ?? end;
      this.wall = Math.min(end, Math.max(next, this.wall + 1));
      this.settle();
    }
  }

  /** `stage subject` of what arrived at a notifier. */
  heard(name: string): string[] {
    return this.arrived
      .filter(({ delivery }) => delivery.notifier === name)
      .map(({ delivery }) => `${delivery.stage} ${delivery.alerts.map(({ subject }) => subject).join('+')}`);
  }
}
