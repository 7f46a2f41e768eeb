/**
 * A process that captures `web/0` until it is killed, or kills itself at the n-th passing of a named point.
 * Arguments: folder, logging plan as JSON, then optionally point and n. Says `ready` on stdout.
 */
import { createLogHost } from '../../../../src/host/log/index.ts';
import { directoriesIn, loggingPlan } from './folder.ts';

const [folder = '', plan = '{}', point, passing = '1'] = process.argv.slice(2);
let passed = 0;
const fault = (name: string): void => {
  if (name === point && ++passed === Number(passing)) process.kill(process.pid, 'SIGKILL');
};
const host = await createLogHost({ directories: directoriesIn(folder), wall: Date.now, fault });
host.open('web/0', 'web', loggingPlan(JSON.parse(plan)));
host.open('web/0', 'web', loggingPlan(JSON.parse(plan)));
fault('opened-for-a-start');
host.begin('web/0', 1);
setInterval(() => undefined, 1000);
process.on('SIGTERM', () => {
  host.drain('web/0');
  void host.flush(60_000).then((flushed) => {
    host.dispose();
    process.exit(flushed ? 0 : 1);
  });
});
process.stdout.write('ready\n');
