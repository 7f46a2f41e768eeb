/** A process that takes a lock by the way named in its second argument, says so on a line, and holds it until it is killed. */
import { acquireLock } from '../../../src/host/lock/index.ts';
import { lockByFile } from '../../../src/host/lock/file-lock.ts';

const [directory, way] = process.argv.slice(2);
if (directory === undefined) throw new Error('usage: holder.ts DIRECTORY socket|file');
try {
  if (way === 'file') {
    const attempt = await lockByFile({
      pid: process.pid,
      startedAt: `${process.pid}`,
      version: '1.2.3',
      stateDir: directory,
    });
    console.log('lock' in attempt ? 'won' : `lost to ${attempt.holder?.pid}`);
  } else {
    await acquireLock(directory, '1.2.3');
    console.log('won');
  }
} catch (error) {
  console.log(`lost: ${(error as Error).message}`);
}
// Until it is killed, or its parent is gone.
process.stdin.resume();
process.stdin.on('end', () => process.exit());
