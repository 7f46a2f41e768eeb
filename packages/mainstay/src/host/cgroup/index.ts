/**
 * Control groups: one per incarnation, so that everything a program starts is found and killed with it.
 * Unified (v2) hierarchies wherever they are mounted, else one of version 1; none without the privilege.
 * What limits resources later joins further hierarchies through `Group.join`.
 */
export * from './mounts.ts';
export * from './groups.ts';
export * from './detect.ts';
