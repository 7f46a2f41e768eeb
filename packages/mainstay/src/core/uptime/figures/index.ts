/** The arithmetic over intervals: for reports, and not loaded by a daemon. */
export { bySubject, spansOf, type Period, type Span } from './spans.ts';
export { figuresOf, spreadOf, type Budget, type Figures, type Spread } from './figures.ts';
export { outagesOf, type Outage } from './outages.ts';
