import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, test } from 'node:test';
import { createClock } from '../../../src/host/clock/index.ts';
import { createWatcher } from '../../../src/host/watch/index.ts';
import type { WatchProblem, Watcher } from '../../../src/host/watch/index.ts';
import { eventually } from '../../kinds/context.ts';

/** A folder that is watched, and what was told of it. */
class Scene {
  readonly folder = mkdtempSync(join(tmpdir(), 'mainstay-watch-'));
  readonly told: string[][] = [];
  readonly problems: WatchProblem[] = [];
  readonly watcher: Watcher;

  constructor() {
    this.watcher = createWatcher({
      clock: createClock(),
      onProblem: (_service, problem) => this.problems.push(problem),
    });
  }

  /** Files that are there before, then watched. */
  async begin(files: string[], watch = '.', ignore: string[] = []): Promise<void> {
    for (const file of files) this.write(file, 'before');
    await this.watch('web', [watch], ignore);
  }

  watch(name: string, paths: string[], ignore: string[] = []): Promise<void> {
    const watch = paths.map((path) => ({ path: this.path(path), action: 'restart' as const, ignore }));
    return this.watcher.watch({ name, watch }, (changed) =>
      this.told.push(changed.map((path) => relative(this.folder, path))),
    );
  }

  path(file: string): string {
    return join(this.folder, file);
  }

  write(file: string, text: string): void {
    mkdirSync(join(this.path(file), '..'), { recursive: true });
    writeFileSync(this.path(file), text);
  }

  /** Waits until exactly these were told, in one call since the last time. */
  async tells(...files: string[]): Promise<void> {
    await eventually(`told of ${files.join(', ')}`, () => this.told.length > 0);
    assert.deepEqual(this.told.splice(0), [files]);
  }

  end(): void {
    this.watcher.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

let scene = new Scene();
scene.end();
afterEach(() => scene.end());

function fresh(): Scene {
  scene = new Scene();
  return scene;
}

test('a file written in place, and one touched', async () => {
  const { folder } = fresh();
  await scene.begin(['a.txt', 'src/b.txt']);
  scene.write('src/b.txt', 'after');
  await scene.tells('src/b.txt');
  utimesSync(join(folder, 'a.txt'), 1, 1);
  await scene.tells('a.txt');
});

test('reading, listing and changing permissions are no changes', async () => {
  fresh();
  await scene.begin(['a.txt', 'b.txt']);
  readFileSync(scene.path('a.txt'));
  readdirSync(scene.folder);
  execFileSync('chmod', ['600', scene.path('a.txt')]);
  appendFileSync(scene.path('a.txt'), '');
  scene.write('b.txt', 'after');
  await scene.tells('b.txt');
});

test('a file saved beside and renamed over, again and again', async () => {
  fresh();
  await scene.begin(['a.txt']);
  for (const text of ['one', 'two', 'three']) {
    scene.write('.a.txt.tmp-4711', text);
    renameSync(scene.path('.a.txt.tmp-4711'), scene.path('a.txt'));
    await scene.tells('a.txt');
  }
});

test('what vim and sed do', async (t) => {
  fresh();
  await scene.begin(['a.txt', 'b.txt']);
  execFileSync('sed', ['-i', 's/before/after/', scene.path('b.txt')]);
  await scene.tells('b.txt');
  for (const copy of ['yes', 'no']) {
    const args = [
      '-es',
      '-u',
      'NONE',
      '-c',
      `set backupcopy=${copy} writebackup swapfile`,
      '-c',
      'normal ix',
      '-c',
      'wq',
    ];
    const result = spawnSync('vim', [...args, scene.path('a.txt')], { stdio: 'ignore' });
    if (result.error !== undefined) {
      t.diagnostic('vim is not installed: its ways of saving are covered by the tests of their parts');
      return;
    }
    await scene.tells('a.txt');
  }
});

test('many files at once are one change', async () => {
  fresh();
  const files = Array.from({ length: 200 }, (_, index) => `d${index % 7}/f${index}.txt`).sort();
  await scene.begin(files);
  for (const file of files) scene.write(file, 'after');
  await scene.tells(...files);
});

test('a file truncated first and filled later is told when it is filled', async () => {
  fresh();
  await scene.begin(['a.txt', 'b.txt']);
  const file = openSync(scene.path('a.txt'), 'r+');
  ftruncateSync(file, 0);
  scene.write('b.txt', 'after');
  await scene.tells('b.txt');
  writeSync(file, 'the whole text');
  closeSync(file);
  await scene.tells('a.txt');
});

test('an emptied file that stays empty is told too', async () => {
  fresh();
  await scene.begin(['a.txt']);
  scene.write('a.txt', '');
  await scene.tells('a.txt');
});

test('new directories are watched, however fast they are filled', async () => {
  fresh();
  await scene.begin(['a.txt']);
  scene.write('new/deep/er/one.txt', '1');
  await scene.tells('new/deep/er/one.txt');
  scene.write('new/deep/er/two.txt', '2');
  scene.write('new/three.txt', '3');
  await scene.tells('new/deep/er/two.txt', 'new/three.txt');
});

test('a directory moved in, renamed and removed', async () => {
  fresh();
  await scene.begin(['src/a.txt', 'src/lib/b.txt']);
  renameSync(scene.path('src/lib'), scene.path('src/library'));
  await scene.tells('src/lib/b.txt', 'src/library/b.txt');
  scene.write('src/library/b.txt', 'after');
  await scene.tells('src/library/b.txt');
  rmSync(scene.path('src/library'), { recursive: true });
  await scene.tells('src/library/b.txt');
});

test('a directory removed and made again between two looks is watched again', async () => {
  fresh();
  await scene.begin(['src/a.txt', 'src/lib/b.txt']);
  for (const text of ['one', 'another']) {
    rmSync(scene.path('src/lib'), { recursive: true });
    scene.write('src/lib/b.txt', text);
    await scene.tells('src/lib/b.txt');
    scene.write('src/lib/b.txt', `${text} again`);
    await scene.tells('src/lib/b.txt');
  }
});

test('the watched path itself may go, come back, and not be there at first', async () => {
  fresh();
  await scene.begin([], 'app/src');
  scene.write('app/src/a.txt', 'new');
  await scene.tells('app/src/a.txt');
  rmSync(scene.path('app'), { recursive: true });
  await scene.tells('app/src/a.txt');
  scene.write('app/src/b.txt', 'new');
  await scene.tells('app/src/b.txt');
  scene.write('app/src/b.txt', 'newer');
  await scene.tells('app/src/b.txt');
});

test('a path whose folders come one by one', async () => {
  fresh();
  scene.write('marker', '1');
  await scene.watch('web', ['app/src/lib', 'marker']);
  for (const [index, folder] of ['app', 'app/src', 'app/src/lib'].entries()) {
    mkdirSync(scene.path(folder));
    scene.write('marker', '2'.repeat(index + 2));
    await scene.tells('marker');
  }
  scene.write('app/src/lib/a.txt', 'new');
  await scene.tells('app/src/lib/a.txt');
});

test('a single file: written, replaced, removed, made again; its neighbours do not matter', async () => {
  fresh();
  await scene.begin(['app.conf', 'other.conf'], 'app.conf');
  scene.write('other.conf', 'after');
  scene.write('app.conf', 'after');
  await scene.tells('app.conf');
  scene.write('new', 'replacement');
  renameSync(scene.path('new'), scene.path('app.conf'));
  await scene.tells('app.conf');
  rmSync(scene.path('app.conf'));
  await scene.tells('app.conf');
  scene.write('app.conf', 'again');
  await scene.tells('app.conf');
});

test('ignored: the usual folders, what editors leave, and patterns', async () => {
  fresh();
  await scene.begin(['src/a.txt'], '.', ['data/**', '*.log']);
  for (const file of [
    'node_modules/x/y.js',
    '.git/index',
    'data/db',
    'src/deep/x.log',
    'src/.a.txt.swp',
    'src/a.txt~',
  ]) {
    scene.write(file, 'new');
  }
  scene.write('src/a.txt', 'after');
  await scene.tells('src/a.txt');
});

test('a link that leads back up is not followed', async () => {
  fresh();
  mkdirSync(scene.path('src'));
  symlinkSync('..', scene.path('src/up'));
  await scene.begin(['src/a.txt']);
  scene.write('src/a.txt', 'after');
  await scene.tells('src/a.txt');
});

test('one call for several paths of a service; other paths when watched anew; silence after the end', async () => {
  fresh();
  scene.write('a/x', '1');
  scene.write('b/y', '1');
  await scene.watch('web', ['a', 'b']);
  scene.write('a/x', '22');
  scene.write('b/y', '22');
  await scene.tells('a/x', 'b/y');
  await scene.watch('web', ['b']);
  scene.write('a/x', '333');
  scene.write('b/y', '333');
  await scene.tells('b/y');
  await scene.watch('other', ['a']);
  await scene.watch('web', []);
  scene.write('b/y', '4444');
  scene.write('a/x', '4444');
  await scene.tells('a/x');
});

/** Runs in a user namespace of its own, whose limit of watches can be lowered without touching anybody else's. */
test('running out of inotify watches is said once, with what to do', (t) => {
  fresh();
  for (let count = 0; count < 20; count += 1) scene.write(`d${count}/f`, '1');
  const script = `
    import { createWatcher } from ${JSON.stringify(join(import.meta.dirname, '../../../src/host/watch/index.ts'))};
    import { createClock } from ${JSON.stringify(join(import.meta.dirname, '../../../src/host/clock/index.ts'))};
    const problems = [];
    const watcher = createWatcher({ clock: createClock(), onProblem: (_, problem) => problems.push(problem) });
    await watcher.watch({ name: 'web', watch: [{ path: ${JSON.stringify(scene.folder)}, action: 'restart', ignore: [] }] }, () => {});
    watcher.close();
    console.log(JSON.stringify(problems));
  `;
  const shell = 'echo 5 > /proc/sys/user/max_inotify_watches && exec "$@"';
  const args = ['-Ur', 'sh', '-c', shell, 'sh', process.execPath, '--input-type=module', '-e', script];
  const { status, stdout, stderr } = spawnSync('unshare', args, { encoding: 'utf8' });
  if (status !== 0) {
    t.skip(`no user namespaces here: ${stderr.trim()}`);
    return;
  }
  const problems = JSON.parse(stdout) as WatchProblem[];
  assert.equal(problems.length, 1);
  assert.match(problems[0]!.message, /^cannot watch .* for changes: the limit of inotify watches/);
  assert.match(problems[0]!.hint!, /max_user_watches/);
});
