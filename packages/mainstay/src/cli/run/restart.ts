import { runOnServices } from './services.ts';

export const run = runOnServices('restart');
