/** What remediation does to the world: asks another layer, runs programs, cleans directories. Loaded when first needed. */
export { askSecondLayer } from './second-layer.ts';
export { runProgram } from './run.ts';
export { cleanDirectory } from './clean.ts';
