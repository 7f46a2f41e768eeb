/**
 * Strings in which `${NAME}` may stand, `.env` files, and the environment of an instance. Pure, and
 * free of libraries: the daemon expands templates each time it starts something.
 */
export * from './template.ts';
export * from './dotenv.ts';
export * from './environment.ts';
