/** Quorum: how several monitors come to say one thing, and who of them says it to people. Pure. */
export * from './types.ts';
export { agreementOf, isBad, opinionOf } from './agree.ts';
export { nextClaim } from './claim.ts';
export { sightOf } from './sight.ts';
export { heard, missed, newPeer, standingOf, wantsAnswer } from './peer.ts';
