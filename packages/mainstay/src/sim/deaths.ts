import type { Effect } from '../core/coordinator/index.ts';

/** What a daemon does, as far as it can die after it: an effect, handing a batch to the store, forgetting what is over. */
export type EffectKind = Effect['type'] | 'write' | 'forgotten';
export type PerEffect = Partial<Record<EffectKind, number>>;

/** Thrown out of an effect: the daemon's process is gone at this very point. */
export class DaemonDied extends Error {}

/** `inside`: it leaves nothing outside of the daemon's memory; nobody can tell whether the daemon died before or after it. */
const KINDS: Readonly<Record<EffectKind, 'inside' | 'noticeable'>> = {
  arm: 'inside',
  disarm: 'inside',
  forget: 'inside',
  record: 'inside',
  save: 'inside',
  remove: 'inside',
  intent: 'inside',
  'save-window': 'inside',
  'drop-window': 'inside',
  'save-rolls': 'inside',
  'keep-plan': 'inside',
  spawn: 'noticeable',
  signal: 'noticeable',
  kill: 'noticeable',
  adopt: 'noticeable',
  limit: 'noticeable',
  watch: 'inside',
  unwatch: 'inside',
  probe: 'inside',
  'cancel-probe': 'inside',
  'run-check': 'inside',
  'cancel-check': 'inside',
  checked: 'inside',
  'ask-second-layer': 'inside',
  'take-step': 'inside',
  'save-check': 'inside',
  'save-incidents': 'inside',
  'drop-check': 'inside',
  'log-open': 'noticeable',
  'log-begin': 'noticeable',
  'log-watch': 'noticeable',
  'log-drain': 'noticeable',
  'log-configure': 'noticeable',
  'log-close': 'noticeable',
  failure: 'noticeable',
  'all-down': 'noticeable',
  write: 'noticeable',
  forgotten: 'noticeable',
};
const ALL = Object.keys(KINDS) as EffectKind[];
/** What only a daemon with checks of its own does. */
export const CHECK_EFFECTS = ['run-check', 'cancel-check', 'checked', 'save-check', 'drop-check'] as const;
/** What every daemon does. */
export const EFFECT_KINDS = ALL.filter((kind) => !CHECK_EFFECTS.some((one) => one === kind));

/** Lets the daemon die right after an effect, and counts both. */
export class Deaths {
  /** Effects that were carried out. */
  readonly effects: PerEffect = {};
  /** Deaths of the daemon after one. */
  readonly deaths: PerEffect = {};
  #fuse: { left: number; counts: (kind: EffectKind) => boolean } | null = null;
  readonly #die: () => void;

  constructor(die: () => void) {
    this.#die = die;
  }

  /** It dies after this many effects. */
  after(effects: number): void {
    this.#fuse = { left: effects, counts: () => true };
  }

  /** It dies after this many effects that somebody else could notice. */
  afterNoticeable(effects: number): void {
    this.#fuse = { left: effects, counts: (kind) => KINDS[kind] === 'noticeable' };
  }

  /** It dies after the next effect of a kind. */
  afterKind(chosen: EffectKind): void {
    this.#fuse = { left: 1, counts: (kind) => kind === chosen };
  }

  /** It lives. */
  spare(): void {
    this.#fuse = null;
  }

  /** How many effects were carried out that somebody else could notice. */
  noticeable(): number {
    return ALL.filter((kind) => KINDS[kind] === 'noticeable').reduce((sum, kind) => sum + (this.effects[kind] ?? 0), 0);
  }

  /**
   * An effect was carried out.
   * @throws DaemonDied when the daemon dies of it
   */
  carried(kind: EffectKind): void {
    this.effects[kind] = (this.effects[kind] ?? 0) + 1;
    if (this.#fuse?.counts(kind) !== true) return;
    this.#fuse.left -= 1;
    if (this.#fuse.left > 0) return;
    this.#fuse = null;
    this.deaths[kind] = (this.deaths[kind] ?? 0) + 1;
    this.#die();
    throw new DaemonDied();
  }

  /** Effects that are carried out one by one, each while the next is not yet taken. */
  watch(effects: Effect[]): Effect[] {
    const carried = (kind: EffectKind): void => this.carried(kind);
    const iterator = function* (): ArrayIterator<Effect> {
      for (const effect of effects) {
        yield effect;
        carried(effect.type);
      }
    };
    return Object.assign([...effects], { [Symbol.iterator]: iterator });
  }
}
