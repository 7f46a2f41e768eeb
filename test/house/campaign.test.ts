// The command that runs campaigns and keeps their evidence.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { makeTree } from './tree.ts';

const script = fileURLToPath(new URL('../../scripts/campaign.ts', import.meta.url));
const CAMPAIGN = `export const campaign = { name: 'coins', what: 'Throws coins', run: async ({ seed, scale, log }) => {
  log('thrown');
  if (seed === 13) throw new Error('the coin is gone');
  return { counts: { throws: 1000 * scale, seed }, failures: seed === 7 ? ['a coin on its edge'] : [] };
} };`;

function run(root: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, MAINSTAY_CAMPAIGN_ROOT: root };
  return spawnSync(process.execPath, [script, ...args], { encoding: 'utf8', env });
}

/** A repository with one campaign. */
function repository(files: Readonly<Record<string, string>> = {}): ReturnType<typeof makeTree> {
  const tree = makeTree({ 'campaigns/coins.ts': CAMPAIGN, ...files });
  const git = (...args: string[]): void =>
    void execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: tree.root });
  git('init', '-q');
  git('add', '.');
  git('commit', '-q', '-m', 'x');
  return tree;
}

describe('campaign', () => {
  test('lists what there is', () => {
    using tree = repository();
    assert.equal(run(tree.root).stdout, 'coins            Throws coins\n');
  });

  test('writes evidence at scale 1 that says how to repeat it', () => {
    using tree = repository();
    const { status, stdout } = run(tree.root, 'coins', '--seed', '5');
    assert.equal(status, 0);
    assert.match(stdout, /thrown\nthrows: 1000\n/);
    const kept = JSON.parse(readFileSync(join(tree.root, 'docs/evidence/coins.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    assert.deepEqual([kept['seed'], kept['counts'], kept['failures']], [5, { throws: 1000, seed: 5 }, []]);
    assert.match(String(kept['commit']), /^[0-9a-f]{40}$/);
    const page = readFileSync(join(tree.root, 'docs/evidence/coins.md'), 'utf8');
    assert.match(page, /npm run campaign coins -- --seed 5.*\| throws \| 1,000 \|.*No failure\./s);
  });

  test('a smaller run writes nothing, and a fresh seed is said', () => {
    using tree = repository();
    const { status, stdout } = run(tree.root, 'coins', '--scale', '0.05');
    assert.equal(status, 0);
    assert.match(stdout, /^campaign coins: seed \d+, scale 0\.05\n/);
    assert.match(stdout, /throws: 50\n/);
    assert.ok(!existsSync(join(tree.root, 'docs')));
  });

  test('fails on a failure and on an error, and keeps that as evidence too', () => {
    using tree = repository();
    assert.equal(run(tree.root, 'coins', '--seed', '7').status, 1);
    assert.match(readFileSync(join(tree.root, 'docs/evidence/coins.md'), 'utf8'), /1 failures:\n- a coin on its edge/);
    assert.match(run(tree.root, 'coins', '--seed', '13').stdout, /failure: stopped by Error: the coin is gone/);
  });

  test('refuses what it does not know', () => {
    using tree = repository();
    for (const args of [['dice'], ['coins', '--seed', 'x'], ['coins', '--scale', '0'], ['coins', '--what']]) {
      const { status, stderr } = run(tree.root, ...args);
      assert.equal(status, 2, args.join(' '));
      assert.match(stderr, /^cannot run a campaign: /);
    }
    using wrong = makeTree({ 'campaigns/dice.ts': CAMPAIGN });
    assert.match(run(wrong.root).stderr, /campaigns\/dice\.ts must export a `campaign` whose name is that of the file/);
  });
});
