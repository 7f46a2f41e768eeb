/**
 * Uptime: how every service and check stands, as intervals without overlap (`figures/` has the arithmetic over them, and
 * `timeline.ts` keeps them in memory). What no interval covers was not observed, and is neither up nor down. Pure.
 */
export { checkStanding, serviceStandings } from './standing.ts';
export { Observer } from './observer.ts';
export { compactMoves, dayOf, type Move } from './moves.ts';
