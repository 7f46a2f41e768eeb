/**
 * Uptime: how every service and check stood, as intervals without overlap, and the arithmetic over them. What no interval
 * covers was not observed, and is neither up nor down. Pure.
 */
export { Observer } from './observer.ts';
export { compactMoves, dayOf } from './moves.ts';
export type { Move } from './moves.ts';
export { Timeline } from './timeline.ts';
export { bySubject, spansOf, type Period, type Span } from './spans.ts';
export { figuresOf, type Budget, type Figures, type Spread } from './figures.ts';
export { outagesOf, type Outage } from './outages.ts';
