/** Every command, as data. Help, completion, the reference and the parser are made from these. */
import type { CommandSpec } from '../framework/index.ts';
import { CHANGING } from './changing.ts';
import { CONFIGURING } from './configuring.ts';
import { HELPING } from './helping.ts';
import { LOOKING } from './looking.ts';
import { RUNNING } from './running.ts';

export const COMMANDS: readonly CommandSpec[] = [...RUNNING, ...LOOKING, ...CHANGING, ...CONFIGURING, ...HELPING];
