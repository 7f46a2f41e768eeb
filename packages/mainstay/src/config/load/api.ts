import path from 'node:path';
import type { ApiPlan } from '../../core/plan/index.ts';
import type { ApiOutput } from '../schema/index.ts';
import type { Report } from './report.ts';

/** The API of the plan; what is wrong is reported. */
export function resolveApi(written: ApiOutput | undefined, directory: string, report: Report): ApiPlan | null {
  if (written === undefined) return null;
  if (written.listen === undefined) {
    report.add(report.value(['api']), 'does not say where to listen', 'write { listen: "127.0.0.1:7070" }');
    return null;
  }
  return { ...written.listen, keysFile: path.resolve(directory, written.keys_file) };
}
