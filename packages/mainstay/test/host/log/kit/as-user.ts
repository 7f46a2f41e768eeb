/** Captures a line as the user that runs this, in the state directory given, and says as JSON where and how safely. */
import fs from 'node:fs';
import path from 'node:path';
import { resolveDirectories } from '../../../../src/host/directories.ts';
import { createLogHost } from '../../../../src/host/log/index.ts';
import { loggingPlan } from './folder.ts';

const directories = resolveDirectories(process.argv[2] ?? '');
const host = await createLogHost({ directories, wall: Date.now });
const { out } = host.open('web/0', 'web', loggingPlan());
host.begin('web/0', 1);
fs.appendFileSync(out, 'captured\n');
host.drain('web/0');
await host.flush(60_000);
const log = fs.readFileSync(path.join(directories.logs, 'web.log'), 'utf8');
const { durableCapture } = host;
process.stdout.write(JSON.stringify({ ...directories, log, durableCapture, problems: host.problems() }));
host.close('web/0');
host.dispose();
