import type { Objective } from '@mainstay/protocol';

/** What is wanted of a service: what it says itself goes before what is said of the whole, key by key. */
export function askedOf(whole: Objective | null, own: Objective | null): Objective | null {
  if (whole === null || own === null) return own ?? whole;
  return {
    uptime: own.uptime ?? whole.uptime,
    mttr: own.mttr ?? whole.mttr,
    mtbf: own.mtbf ?? whole.mtbf,
    rpo: own.rpo ?? whole.rpo,
    automatic: own.automatic ?? whole.automatic,
    rto: { ...whole.rto, ...own.rto },
  };
}
