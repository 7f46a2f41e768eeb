// Every rule of the house is broken on purpose and must fire; its twin, clean but close, must not.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'node:test';
import { checkHouse } from '../../scripts/house/check.ts';
import { RULES } from '../../scripts/house/rules.ts';
import { makeTree } from './tree.ts';

interface Case {
  readonly rule: string;
  /** Path below packages/. */
  readonly path: string;
  readonly bad: string;
  readonly good: string;
  /** Other files of both trees. */
  readonly others?: Readonly<Record<string, string>>;
}

const main = (path: string): string => `mainstay/src/${path}`;
const lines = (count: number): string => 'export {};\n'.repeat(count);

const CASES: readonly Case[] = [
  {
    rule: 'floor',
    path: main('config/load.ts'),
    bad: "import { run } from '../daemon/run.ts';",
    good: "import { x } from '../core/x.ts';",
  },
  {
    rule: 'floor',
    path: main('kinds/kit/a.ts'),
    bad: "import type { A } from '../../registry/a.ts';",
    good: "import type { A } from '../../ports/a.ts';",
  },
  {
    rule: 'floor',
    path: main('daemon/a.ts'),
    bad: "export * from '../cli/a.ts';",
    good: "export * from '../config/a.ts';",
  },
  {
    rule: 'floor',
    path: main('report/a.ts'),
    bad: "void import('../entry/a.ts');",
    good: "void import('../verify/a.ts');",
  },
  {
    rule: 'floor',
    path: main('core/a.ts'),
    bad: "import type { A } from '../ports/a.ts';",
    good: "import type { A } from './b.ts';",
  },
  { rule: 'place', path: main('misc/a.ts'), bad: 'export {};', good: '', others: {} },
  {
    rule: 'core-import',
    path: main('core/a.ts'),
    bad: "import { join } from 'node:path';",
    good: "import { next } from '@mainstay/sdk/policy';",
  },
  {
    rule: 'core-import',
    path: main('core/a.ts'),
    bad: "import { z } from 'zod';",
    good: "import { Cron } from 'croner';",
  },
  {
    rule: 'core-import',
    path: main('core/a.ts'),
    bad: "type Z = import('zod').ZodType;",
    good: "type P = import('@mainstay/protocol').Phase;",
  },
  {
    rule: 'core-import',
    path: main('core/life/a.ts'),
    bad: "import type { A } from '../../kinds/kit/a.ts';",
    good: "import { A } from '../plan/a.ts';",
  },
  {
    rule: 'core-pure',
    path: main('core/a.ts'),
    bad: 'export const now = () => Date.now();',
    good: 'export const at = { Date: 1 }; at.Date;',
  },
  {
    rule: 'core-pure',
    path: main('core/a.ts'),
    bad: 'setTimeout(() => {}, 1);',
    good: 'interface C { setTimeout(ms: number): void } declare const c: C; c.setTimeout(1);',
  },
  {
    rule: 'core-pure',
    path: main('core/a.ts'),
    bad: 'setInterval(() => {}, 1);',
    good: 'export type A = { setInterval: number };',
  },
  { rule: 'core-pure', path: main('core/a.ts'), bad: 'setImmediate(() => {});', good: 'export {};' },
  {
    rule: 'core-pure',
    path: main('core/a.ts'),
    bad: 'export const x = Math.random();',
    good: 'export const x = Math.floor(1.5);',
  },
  {
    rule: 'core-pure',
    path: main('core/a.ts'),
    bad: 'export const x = performance.now();',
    good: "export const x = 'performance.now()'; // performance",
  },
  {
    rule: 'core-pure',
    path: main('core/a.ts'),
    bad: 'export const x = process.pid;',
    good: 'const process = { pid: 1 }; export const x = process.pid;',
  },
  {
    rule: 'core-pure',
    path: main('core/a.ts'),
    bad: 'export const x = { process };',
    good: 'export const x = { process: 1 };',
  },
  {
    rule: 'time-and-chance',
    path: main('sim/a.ts'),
    bad: 'export const x = Math.random();',
    good: 'export const x = process.pid;',
  },
  {
    rule: 'time-and-chance',
    path: main('registry/a.ts'),
    bad: 'export const x = new Date();',
    good: 'export const x = (at: Date): Date => at;',
  },
  {
    rule: 'time-and-chance',
    path: main('daemon/a.ts'),
    bad: 'export const x = Date.now();',
    good: 'export const x = (ms: number): string => new Date(ms).toISOString();',
  },
  {
    rule: 'ports-types',
    path: main('ports/a.ts'),
    bad: "import { x } from '../core/x.ts';",
    good: "import type { x } from '../core/x.ts';",
  },
  {
    rule: 'kind-import',
    path: main('kinds/checks/tcp/run.ts'),
    bad: "import { a } from '../../../config/a.ts';",
    good: "import { a } from '../../kit/a.ts';",
  },
  {
    rule: 'kind-sibling',
    path: main('kinds/checks/tcp/run.ts'),
    bad: "import { a } from '../http/a.ts';",
    good: "import { a } from './a.ts';",
  },
  {
    rule: 'kind-sibling',
    path: main('kinds/kit/a.ts'),
    bad: "import { a } from '../checks/http/a.ts';",
    good: "import { a } from './b.ts';",
  },
  {
    rule: 'kind-index',
    path: main('kinds/checks/tcp/index.ts'),
    bad: "import { connect } from 'node:net';",
    good: "import type { Socket } from 'node:net'; const run = () => import('./run.ts');",
  },
  {
    rule: 'host-entry',
    path: main('daemon/a.ts'),
    bad: "import { a } from '../host/a.ts';",
    good: "import type { a } from '../ports/a.ts';",
  },
  {
    rule: 'host-entry',
    path: main('cli/a.ts'),
    bad: "void import('../host/a.ts');",
    good: "void import('../config/a.ts');",
  },
  {
    rule: 'sim-entry',
    path: main('entry/daemon.ts'),
    bad: "import { a } from '../sim/a.ts';",
    good: "import { a } from '../host/a.ts';",
  },
  { rule: 'sim-entry', path: main('daemon/a.ts'), bad: "import type { a } from '../sim/a.ts';", good: 'export {};' },
  {
    rule: 'web-import',
    path: 'web/src/a.ts',
    bad: "import { a } from '@mainstay/sdk/policy';",
    good: "import { a } from '@mainstay/protocol'; import { h } from 'preact';",
  },
  {
    rule: 'leaf-import',
    path: 'protocol/src/a.ts',
    bad: "import { z } from 'zod';",
    good: "import { a } from './b.ts';",
  },
  { rule: 'leaf-import', path: 'protocol/src/a.ts', bad: "import { a } from 'node:fs';", good: 'export {};' },
  {
    rule: 'leaf-import',
    path: 'sdk/src/a.ts',
    bad: "import { a } from '@mainstay/protocol';",
    good: "import { Pool } from 'pg'; import { a } from 'node:net';",
  },
  {
    rule: 'package-name',
    path: main('cli/a.ts'),
    bad: "import { a } from '../../../protocol/src/a.ts';",
    good: "import { a } from '@mainstay/protocol';",
  },
  {
    rule: 'top-level-await',
    path: main('entry/a.ts'),
    bad: 'await Promise.resolve();',
    good: 'export const run = async () => { await 1; for await (const x of []) void x; };',
  },
  {
    rule: 'top-level-await',
    path: main('entry/a.ts'),
    bad: 'for await (const x of []) void x;',
    good: 'class A { async run() { await 1; } } void A;',
  },
  { rule: 'file-length', path: main('core/a.ts'), bad: lines(401), good: lines(400) },
  {
    rule: 'lazy',
    path: main('cli/index.ts'),
    bad: "import { load } from '../config/index.ts';",
    good: "import { near } from '../config/near.ts'; import type { Plan } from '../config/index.ts'; void import('../config/index.ts');",
    others: {
      [main('entry/cli.ts')]: "import '../cli/index.ts';",
      [main('config/index.ts')]: "import { parse } from 'yaml';",
      [main('config/near.ts')]: 'export const near = 1;',
    },
  },
];

function rulesThatFire(entry: Case, text: string): string[] {
  const files = { ...MANIFESTS, ...entry.others, ...(text === '' ? {} : { [entry.path]: text }) };
  using tree = makeTree(Object.fromEntries(Object.entries(files).map(([path, body]) => [`packages/${path}`, body])));
  return checkHouse(tree.root).violations.map(({ rule }) => rule);
}

const MANIFESTS: Readonly<Record<string, string>> = {
  'mainstay/package.json': '{}',
  'protocol/package.json': '{}',
  'web/package.json': '{}',
  'sdk/package.json': '{ "peerDependencies": { "pg": "8" } }',
};

describe('rules of the house', () => {
  for (const entry of CASES) {
    test(`${entry.rule} fires on: ${entry.bad.slice(0, 60).replaceAll('\n', ' ')}`, () => {
      assert.ok(rulesThatFire(entry, entry.bad).includes(entry.rule), 'does not fire');
      assert.deepEqual(rulesThatFire(entry, entry.good), [], 'fires on the clean twin');
    });
  }

  test('leaf-dependency fires on a dependency of the sdk', () => {
    using tree = makeTree({ 'packages/sdk/package.json': '{ "dependencies": { "zod": "4" } }' });
    assert.deepEqual(
      checkHouse(tree.root).violations.map(({ rule }) => rule),
      ['leaf-dependency'],
    );
    using clean = makeTree({ 'packages/sdk/package.json': '{ "peerDependencies": { "pg": "8" } }' });
    assert.deepEqual(checkHouse(clean.root).violations, []);
  });

  test('every rule is broken by a case', () => {
    const covered = new Set(CASES.map(({ rule }) => rule));
    assert.deepEqual(
      Object.keys(RULES).filter((rule) => !covered.has(rule)),
      [],
    );
  });

  test('the command names file, line, rule and reason, and fails', () => {
    const house = fileURLToPath(new URL('../../scripts/house.ts', import.meta.url));
    using tree = makeTree({
      'packages/mainstay/package.json': '{}',
      'packages/mainstay/src/core/a.ts': '\nDate.now();\n',
    });
    const { status, stdout } = spawnSync(process.execPath, [house, tree.root], { encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stdout, /^packages\/mainstay\/src\/core\/a\.ts:2: uses Date \[core-pure\]\n +decisions see time/);
    using clean = makeTree({
      'packages/mainstay/package.json': '{}',
      'packages/mainstay/src/core/a.ts': 'export {};\n',
    });
    assert.equal(
      execFileSync(process.execPath, [house, clean.root], { encoding: 'utf8' }),
      '1 files, 0 violations of the rules of the house\n',
    );
  });
});
