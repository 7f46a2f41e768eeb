/**
 * The daemon's program: `node daemon.ts --state-dir DIR [--dev] [--trial]`, or `--describe`. Its guardian starts it again after any
 * end but a deliberate one. Exit codes: 0 a deliberate end, 3 refused (another daemon holds the lock,
 * the store is newer, nothing to run), anything else: start it again.
 */
import { parseArgs } from 'node:util';
import { startThreadAhead } from '../host/store/thread.ts';

const { values } = parseArgs({
  options: {
    'state-dir': { type: 'string' },
    dev: { type: 'boolean', default: false },
    /** An upgrade waits for the proof that this version works. */
    trial: { type: 'boolean', default: false },
    /** Only says what this version is, as JSON. */
    describe: { type: 'boolean', default: false },
  },
});
const stateDir = values['state-dir'];
// What is needed is loaded when it is known, and beside the thread. No top-level await: the shipped bundle is CommonJS.
if (values.describe) {
  void import('./daemon/describe.ts').then(({ describeDaemon }) => {
    process.stdout.write(`${JSON.stringify(describeDaemon())}\n`);
  });
} else if (stateDir === undefined) {
  process.stderr.write('mainstay: cannot start the daemon: --state-dir is missing\n  try: mainstay up\n');
  process.exitCode = 2;
} else {
  startThreadAhead();
  void import('./daemon/run.ts').then(({ runDaemon }) => runDaemon({ stateDir, dev: values.dev, trial: values.trial }));
}
