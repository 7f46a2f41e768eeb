/** The words in which Docker and podman are spoken to, shared by the check and by the services that they run. */
export * from './container.ts';
export * from './ask.ts';
export * from './find.ts';
export * from './follow.ts';
