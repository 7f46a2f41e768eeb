/** What instances write: from their FIFOs into rotated log files, without losing, doubling or tearing a line. */
export * from './gate.ts';
export * from './log-host.ts';
export * from './rotating-file.ts';
