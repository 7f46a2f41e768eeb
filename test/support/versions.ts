/** Versions of mainstay for tests of `mainstay upgrade`, and what must hold after it. */
import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { build, type Build } from './builds.ts';
import { System } from './system.ts';

/** What a file `plant` beside the state directory makes of a daemon. */
const DEFECTS = `
  const planted = path.join(args.stateDir, '../plant');
  const plant = fs.existsSync(planted) ? fs.readFileSync(planted, 'utf8') : '';
  if (plant.startsWith('exits with ')) process.exit(Number(plant.slice(11)));
  if (plant === 'hangs') for (;;);
  if (plant === 'does not listen') return;
  if (plant === 'crashes') setTimeout(() => { throw new Error('planted'); }, 1000);
  let directories`;
const plants = (text: string): string => text.replace('\n  let directories', DEFECTS);

export interface Versions extends Disposable {
  folder: string;
  /** 0.1.0 */
  old: Build;
  /** 0.2.0 */
  next: Build;
  /** 0.3.0, with the defects that are asked for. */
  planted: Build;
  /** 0.4.0: the same, and it changes the format of the store. */
  format: Build;
}

export async function versions(): Promise<Versions> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mainstay-builds-')));
  const schema = (text: string): string => text.replace('\n];', "\n  'CREATE TABLE later (x INTEGER) STRICT;',\n];");
  return {
    folder,
    old: await build(join(folder, 'old'), '0.1.0'),
    next: await build(join(folder, 'next'), '0.2.0'),
    planted: await build(join(folder, 'planted'), '0.3.0', [['entry/daemon/run.ts', plants]]),
    format: await build(join(folder, 'format'), '0.4.0', [
      ['entry/daemon/run.ts', plants],
      ['host/store/schema.ts', schema],
    ]),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Two services that do nothing. */
export const SMALL = 'services: { web: { command: [sleep, "86400"] }, other: { command: [sleep, "86400"] } }';

/** A system under a version of mainstay. */
export async function upWith(t: TestContext, version: Build, file = SMALL): Promise<System> {
  const system = new System(file, '.mainstay', version.bin);
  t.after(() => system.end());
  await system.succeeds('up', '-d');
  return system;
}

/** Nothing was restarted, and one daemon under one guardian is left, of that version. */
export async function isUntouched(system: System, pids: Record<string, number>, version: string): Promise<void> {
  const report = await system.answers();
  assert.equal(report.daemon.version, version);
  assert.deepEqual(await system.pids(), pids);
  const commands = system.processes().map(({ command }) => command);
  assert.equal(commands.filter((one) => /dist\/daemon\.cjs/.test(one) && !one.startsWith('/bin/sh')).length, 1);
  assert.equal(commands.filter((one) => one.startsWith('/bin/sh -c')).length, 1);
  assert.equal(commands.filter((one) => one === 'sleep 86400').length, 2);
  assert.equal(report.daemon.pid, system.daemon()?.pid);
  assert.notEqual(system.guardian(), null);
}
