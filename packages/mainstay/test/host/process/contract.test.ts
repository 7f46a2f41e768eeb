import { existsSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeProcessHost, type Behaviour } from '../../../../../test/contracts/process-host.ts';
import { createRig, direct, until } from './kit.ts';

/** Each program writes `ready` when it is as its behaviour says. */
const PROGRAMS: Record<Behaviour, string[]> = {
  runs: ['sh', '-c', 'echo >ready; exec sleep 1000'],
  'ends with 0': ['true'],
  'ends with 7': ['sh', '-c', 'exit 7'],
  'dies of SIGSEGV': ['sh', '-c', 'kill -SEGV $$'],
  'ignores SIGTERM': ['sh', '-c', 'trap "" TERM; echo >ready; exec sleep 1000'],
  'has a child': ['sh', '-c', 'setsid sh -c "echo >ready; exec sleep 1000" & exec sleep 1000'],
  'leaves a child': ['sh', '-c', 'setsid sh -c "echo >ready; exec sleep 1000" & while [ ! -e ready ]; do :; done'],
  'is missing': ['no-such-program'],
};

const WAYS: { name: string; cgroup: boolean; direct: typeof direct; environment: Record<string, string> }[] = [
  { name: 'with control groups', cgroup: true, direct, environment: {} },
  { name: 'without control groups', cgroup: false, direct, environment: {} },
  { name: 'with control groups, started by Node', cgroup: true, direct: null, environment: {} },
  { name: 'without control groups, started by Node', cgroup: false, direct: null, environment: {} },
];
// A name that is no identifier makes bash the launcher's shell.
if (existsSync('/bin/bash')) {
  WAYS.push({ name: 'launched by bash', cgroup: true, direct, environment: { 'odd.name': '1' } });
}

for (const { name, environment, ...options } of WAYS) {
  describeProcessHost(name, () => {
    const rig = createRig(options);
    return {
      host: rig.host,
      events: rig.events,
      spec: (behaviour, more) => {
        rmSync(rig.file('ready'), { force: true });
        return rig.spec({ command: PROGRAMS[behaviour], environment }, more);
      },
      ready: async () => void (await until('the program is ready', () => existsSync(rig.file('ready')))),
      until: async (what, condition) => void (await until(what, condition)),
      pause: () => sleep(300),
      reborn: () => {
        rig.host.close();
        return rig.another();
      },
      dispose: rig.dispose,
    };
  });
}
