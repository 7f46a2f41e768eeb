const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export type TierName = 'fast' | 'steady' | 'slow';

/**
 * Windows and rates of the SRE workbook (Beyer et al., 2018, chapter 5, table 5-8). Burning at rate 1, an error budget lasts
 * for exactly the time of the objective; of one of 30 days the tiers use up 2 %, 5 % and 10 % before they are noticed. The
 * short window makes sure that it still burns.
 */
export interface Tier {
  name: TierName;
  rate: number;
  /** ms. */
  long: number;
  short: number;
  severity: 'critical' | 'warning';
}

export const TIERS: readonly Tier[] = [
  { name: 'fast', rate: 14.4, long: HOUR, short: 5 * MINUTE, severity: 'critical' },
  { name: 'steady', rate: 6, long: 6 * HOUR, short: 30 * MINUTE, severity: 'critical' },
  { name: 'slow', rate: 1, long: 72 * HOUR, short: 6 * HOUR, severity: 'warning' },
];

/** How far back is looked, ms. */
export const LONGEST_WINDOW = Math.max(...TIERS.map(({ long }) => long));

/** A tier that burns is over when less than this share of what it takes is in its short window. */
const CLEAR = 0.5;
/** However close to a limit it is. */
const LEAST_PAUSE_MS = 1_000;

/** ms of being down in the last so many ms. */
export type DownWithin = (span: number) => number;

/** ms of being down within a window, from which on the budget burns at that rate. */
export const limitOf = ({ rate }: Tier, window: number, uptime: number): number => rate * (1 - uptime) * window;

/**
 * The tiers that burn now. The denominator is the whole window: time in which nothing was observed, or maintenance, is no
 * time down, and makes no rate larger.
 *
 * @param before those that burned at the last look
 * @param uptime share that is wanted, below 1
 * @param isUp it is known to be up: only then anything is over
 */
export function burningTiers(
  before: readonly TierName[],
  within: DownWithin,
  uptime: number,
  isUp: boolean,
): TierName[] {
  const burns = (tier: Tier): boolean => {
    const { name, long, short } = tier;
    const recent = within(short);
    const limit = limitOf(tier, short, uptime);
    if (recent >= limit && within(long) >= limitOf(tier, long, uptime)) return true;
    return before.includes(name) && (!isUp || recent >= limit * CLEAR);
  };
  return TIERS.filter(burns).map(({ name }) => name);
}

/**
 * When to look again at the earliest, ms from now: no window gains or loses more than the time that passes.
 *
 * @returns null: nothing changes by itself
 */
export function nextBurnLook(
  burning: readonly TierName[],
  within: DownWithin,
  uptime: number,
  state: 'down' | 'up' | 'other',
): number | null {
  const waits = TIERS.flatMap((tier) => {
    const { name, long, short } = tier;
    const missing = (window: number): number => limitOf(tier, window, uptime) - within(window);
    const isBurning = burning.includes(name);
    if (state === 'down' && !isBurning) return [Math.max(missing(long), missing(short))];
    if (state === 'up' && isBurning) return [within(short) - limitOf(tier, short, uptime) * CLEAR];
    return [];
  });
  return waits.length === 0 ? null : Math.max(LEAST_PAUSE_MS, Math.ceil(Math.min(...waits)));
}
