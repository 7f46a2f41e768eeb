/** The files of crash bundles: written without ever waiting for the disk, and never more than some. */
export * from './files.ts';
