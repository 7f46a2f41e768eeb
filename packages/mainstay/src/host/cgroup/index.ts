/**
 * Control groups: one per incarnation, so that everything a program starts is found and killed with it.
 * Unified (v2) hierarchies wherever they are mounted, else one of version 1; none without the privilege.
 * Limits of memory, processors and processes are set in the same group, or in one beside it in the hierarchies of version 1
 * that have the controllers: a process joins all of them.
 */
export * from './mounts.ts';
export * from './controllers.ts';
export * from './resources.ts';
export * from './group.ts';
export * from './groups.ts';
export * from './detect.ts';
