import { version } from '../../cli/version.ts';
import { SCHEMA_VERSION } from '../../host/store/index.ts';

/** What an upgrade wants to know of a version before it touches anything. Versions agree on this form. */
export function describeDaemon(): { version: string; schema: number } {
  return { version: version(), schema: SCHEMA_VERSION };
}
