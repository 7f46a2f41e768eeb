import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogHost } from '../../../src/host/log/index.ts';
import type { InstancePipes, LogEvent, LogHost } from '../../../src/ports/index.ts';
import { describeLogHost, INSTANCE, READY_LINE } from '../../../../../test/contracts/log-host.ts';
import { directoriesIn, loggingPlan, until } from './kit/folder.ts';

const OPTIONS = { owner: null, notify: { ready: true, watchdogMs: 60_000 } };

describeLogHost('real', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mainstay-log-'));
  /** Of programs: they have their pipes open as long as they live. */
  const open: number[] = [];
  let pipes: InstancePipes;
  let newest: LogHost;
  const makeHost = async (): Promise<{ host: LogHost; events: LogEvent[] }> => {
    const events: LogEvent[] = [];
    newest = await createLogHost({ directories: directoriesIn(folder), wall: Date.now });
    newest.connect((event) => events.push(event));
    return { host: newest, events };
  };
  return {
    ...(await makeHost()),
    open: (host) => {
      pipes = host.open(INSTANCE, 'app', loggingPlan(), OPTIONS);
    },
    start(_incarnation, watchdog) {
      const [out = -1, notify = -1] = [pipes.out, pipes.notify].map((file) => fs.openSync(file, fs.constants.O_RDWR));
      open.push(out, notify);
      if (watchdog) for (let n = 0; n < 2; n++) fs.writeSync(notify, 'WATCHDOG=1\n');
      return {
        becomesReady() {
          fs.writeSync(out, `${READY_LINE}\n`);
          fs.writeSync(notify, 'READY=1\n');
        },
      };
    },
    until: (what, condition) => until(condition, what),
    pause: () => sleep(200),
    die: () => newest.dispose(),
    reborn: makeHost,
    async dispose() {
      newest.close(INSTANCE);
      await newest.flush(60_000);
      newest.dispose();
      for (const file of open) fs.closeSync(file);
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
});
