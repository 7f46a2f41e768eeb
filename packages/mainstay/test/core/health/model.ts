import { HEALTH_TABLE, healthOf, initialHealth, step } from '../../../src/core/health/index.ts';
import type { HealthEvent, HealthSettings, HealthState, HealthTable } from '../../../src/core/health/index.ts';

/** One thing that happens to a watched instance. */
export type Move =
  | { do: 'start' | 'resume' | 'resume-other' | 'stop' | 'wait' }
  | { do: 'configure'; settings: HealthSettings }
  | { do: 'observe'; status: 'pass' | 'warn' | 'fail' | 'unknown' }
  | { do: 'observe-stale'; what: 'incarnation' | 'run' };

export const SETTINGS: HealthSettings = {
  interval: 1000,
  retries: 3,
  successes: 2,
  startPeriod: 0,
  startInterval: 100,
};

/**
 * Plays moves against the machine and compares each step with what the rules say, written here a second time and
 * without a table: from the history of observations alone. Throws at the first difference.
 */
export class Play {
  state: HealthState;
  now = 0;
  table: HealthTable;
  /** Effects of the last move. */
  effects: ReturnType<typeof step>['effects'] = [];
  note: ReturnType<typeof step>['note'] = null;
  /** Delay of the probe that is wanted, or null. */
  armed: number | null = null;
  readonly seen = new Set<string>();
  private incarnation = 0;
  /** Observations since counting began, `fail` only when it counts. */
  private history: string[] = [];
  private told = 'unknown';

  constructor(settings: HealthSettings = SETTINGS, table: HealthTable = HEALTH_TABLE) {
    this.state = initialHealth(settings, 0);
    this.table = table;
  }

  move(move: Move): void {
    const before = this.state;
    const event = this.eventOf(move);
    if (event === null) {
      this.now += 250;
      return;
    }
    this.seen.add(`${before.mode} × ${event.type}`);
    if (event.type === 'observed') this.now += this.armed ?? 0;
    const result = step(before, event, this.now, this.table);
    this.state = result.state;
    this.effects = result.effects;
    this.note = result.note;
    this.checkShape(before);
    this.checkMeaning(move, event, before);
  }

  private eventOf(move: Move): HealthEvent | null {
    const current = this.state.incarnation ?? this.incarnation;
    switch (move.do) {
      case 'wait':
        return null;
      case 'start':
        this.incarnation += 1;
        return { type: 'started', incarnation: this.incarnation, phase: 0.5 };
      case 'resume':
        return { type: 'resumed', incarnation: current, phase: 0.25 };
      case 'resume-other':
        this.incarnation += 1;
        return { type: 'resumed', incarnation: this.incarnation, phase: 0.25 };
      case 'stop':
        return { type: 'stopped' };
      case 'configure':
        return { type: 'configured', settings: move.settings };
      case 'observe':
        return { type: 'observed', incarnation: current, run: this.state.run, status: move.status, message: 'seen' };
      case 'observe-stale': {
        const old =
          move.what === 'incarnation'
            ? { incarnation: current - 1, run: this.state.run }
            : { incarnation: current, run: this.state.run - 1 };
        return { type: 'observed', ...old, status: 'fail', message: 'old' };
      }
    }
  }

  /** What holds of every step, whatever the event. */
  private checkShape(before: HealthState): void {
    for (const effect of this.effects) {
      if (effect.type === 'cancel') this.armed = null;
      if (effect.type === 'probe') {
        expect(effect.run > before.run && effect.run === this.state.run, 'a probe has a new number');
        expect(effect.afterMs >= 0, 'a delay is not negative');
        this.armed = effect.afterMs;
      }
      if (effect.type === 'health') {
        expect(effect.health !== this.told, 'health is told only when it changes');
        this.told = effect.health;
      }
    }
    expect(this.told === healthOf(this.state.mode), 'the health told is that of the mode');
    expect((this.armed === null) === (this.state.mode === 'idle'), 'exactly the watched are probed');
    expect(
      (this.state.firstFailureAt === null) === (this.state.failures === 0),
      'the first failure is that of the present row',
    );
    expect(
      (this.state.firstGoodAt === null) === (this.state.successes === 0),
      'the first good one is that of the present row',
    );
    expect(this.state.mode === before.mode || this.state.since === this.now, 'since is when the mode was entered');
  }

  /** What this event must have done. */
  private checkMeaning(move: Move, event: HealthEvent, before: HealthState): void {
    const idle = before.mode === 'idle';
    const failed = this.effects.filter((effect) => effect.type === 'failed');
    if (event.type !== 'observed') expect(failed.length === 0, 'only an observation confirms a failure');
    switch (event.type) {
      case 'started':
        expect((this.note?.kind === 'impossible') === !idle, 'overlapping incarnations are reported');
        this.checkBegun(event.incarnation);
        return;
      case 'resumed':
        if (idle || event.incarnation !== before.incarnation) {
          this.checkBegun(event.incarnation);
          return;
        }
        expect(
          this.state.mode === before.mode && this.state.startedAt === before.startedAt,
          'resuming keeps what is confirmed',
        );
        this.checkReset();
        return;
      case 'stopped':
        expect(this.state.mode === 'idle', 'stopped means idle');
        expect((this.note === null) === !idle, 'stopping what is not watched is ignored');
        this.history = [];
        return;
      case 'configured':
        expect(this.state.settings === event.settings, 'settings are taken');
        expect(this.state.mode === before.mode, 'settings change nothing that is confirmed');
        if (!idle) this.checkReset();
        return;
      case 'observed':
        this.checkObserved(move, event, before, failed.length);
    }
  }

  private checkBegun(incarnation: number): void {
    expect(this.state.mode === 'trying' && this.state.incarnation === incarnation, 'a new incarnation is unproven');
    expect(this.state.startedAt === this.now && !this.state.everPassed, 'and has its grace');
    expect(this.state.lastObservation === null, 'and nothing was seen of it');
    this.checkReset();
  }

  private checkReset(): void {
    expect(this.armed !== null && this.effects.some((effect) => effect.type === 'probe'), 'a new probe is armed');
    const { failures, successes, passes, warnings } = this.state;
    expect(failures + successes + passes + warnings === 0, 'counting starts afresh');
    this.history = [];
  }

  private checkObserved(
    move: Move,
    event: HealthEvent & { type: 'observed' },
    before: HealthState,
    failed: number,
  ): void {
    if (move.do === 'observe-stale' || before.mode === 'idle') {
      expect(
        this.state === before && this.effects.length === 0 && this.note?.kind === 'ignored',
        'stale results change nothing',
      );
      return;
    }
    expect(this.note === null, 'a result that is wanted is taken');
    expect(this.state.lastObservation?.status === event.status, 'what was seen is kept');
    const counted = event.status !== 'fail' || before.mode !== 'trying' || this.now >= before.countFrom;
    if (event.status === 'fail' && !counted) this.history.push('shielded');
    else if (event.status !== 'unknown') this.history.push(event.status);
    const wanted = event.status === 'unknown' || !counted ? before.mode : this.modeAfter(before.mode);
    expect(
      this.state.mode === wanted,
      `${before.mode} after ${this.history.join(' ')} must be ${wanted}, not ${this.state.mode}`,
    );
    const row = trailing(this.history, ['fail']);
    const due = event.status === 'fail' && counted && row > 0 && row % this.state.settings.retries === 0;
    expect(failed === (due ? 1 : 0), 'on_failure is due at each row of failures, and only then');
    const { interval, startInterval } = this.state.settings;
    if (this.state.mode === 'trying') expect(this.armed === startInterval, 'unproven: start_interval');
    else if (before.mode === 'trying')
      expect(this.armed! >= interval / 2 && this.armed! <= interval, 'the first regular probe is spread');
    else expect(this.armed === interval, 'confirmed: interval');
  }

  private modeAfter(mode: HealthState['mode']): HealthState['mode'] {
    const { retries, successes } = this.state.settings;
    const last = this.history.at(-1);
    if (last === 'fail') return trailing(this.history, ['fail']) >= retries ? 'unhealthy' : mode;
    const good = trailing(this.history, ['pass', 'warn']) >= successes;
    if (mode === 'trying' || mode === 'unhealthy') return !good ? mode : last === 'warn' ? 'degraded' : 'healthy';
    if (mode === 'healthy') return trailing(this.history, ['warn']) >= retries ? 'degraded' : mode;
    return trailing(this.history, ['pass']) >= successes ? 'healthy' : mode;
  }
}

/** How many of the newest entries are among `of`, in a row. A shielded failure breaks a row of successes but not one of failures. */
function trailing(history: readonly string[], of: readonly string[]): number {
  let count = 0;
  for (let index = history.length - 1; index >= 0; index -= 1) {
    const entry = history[index]!;
    if (of.includes(entry)) count += 1;
    else if (entry !== 'shielded' || !of.includes('fail')) break;
  }
  return count;
}

function expect(holds: boolean, rule: string): void {
  if (!holds) throw new Error(`broken: ${rule}`);
}
