import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadPlan } from '../../src/config/index.ts';
import { CHECKS } from '../../src/registry/checks.ts';
import { checksReference } from '../../src/registry/reference.ts';
import { RUNNERS, createProber } from '../../src/registry/runners.ts';
import { context } from '../kinds/context.ts';

const DAY_MS = 86_400_000;
const src = join(import.meta.dirname, '../../src');
const reference = join(import.meta.dirname, '../../../../docs/reference/checks.md');

test('folders, definitions and runners are the same list', async () => {
  const folders = readdirSync(join(src, 'kinds/checks')).sort();
  assert.deepEqual(Object.keys(CHECKS).sort(), folders);
  assert.deepEqual(Object.keys(RUNNERS).sort(), folders);
  for (const [kind, check] of Object.entries(CHECKS)) {
    assert.equal(check.kind, kind);
    assert.equal((await check.run()).run, (await RUNNERS[kind]!()).run, kind);
    assert.ok(Object.hasOwn(check.schema.shape, check.main), kind);
    const names = (check.measured ?? []).map(({ name }) => name);
    assert.deepEqual(names, [...new Set(names)], kind);
  }
});

test('every key is described, and the reference is what the definitions say', () => {
  const text = checksReference();
  assert.doesNotMatch(text, /\| {2}\|$/m);
  assert.equal(readFileSync(reference, 'utf8'), text, 'run: node scripts/docs.ts');
});

test('every example is a check that loads', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mainstay-examples-'));
  const file = join(folder, 'mainstay.yaml');
  try {
    for (const [kind, { examples }] of Object.entries(CHECKS)) {
      for (const example of examples) {
        writeFileSync(file, `checks:\n  example:\n    ${example.replaceAll('\n', '\n    ')}\n`);
        const env = Object.fromEntries([...example.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => [name, 'value']));
        const { plan, problems } = await loadPlan({ file, env, kinds: CHECKS });
        assert.deepEqual(problems, [], example);
        assert.equal(plan?.checks[0]?.kind, kind);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('running a check loads no schema', () => {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    const { createProber } = await import(${JSON.stringify(join(src, 'registry/runners.ts'))});
    const context = { timeoutMs: 20000, signal: AbortSignal.timeout(20000), environment: process.env, workingDirectory: '/', monotonicMs: () => performance.now() };
    await createProber().probe('exec', { command: ['true'] }, context);
    await createProber().probe('tcp', { address: '127.0.0.1:1' }, context);
    await createProber().probe('http', { url: 'http://127.0.0.1:1', method: 'GET', headers: {}, expect: { status: ['2xx'], headers: {} }, redirects: 0 }, context);
    await createProber().probe('postgres', { url: 'postgresql://127.0.0.1:1', standbys: 0 }, context);
    await createProber().probe('redis', { url: '127.0.0.1:1' }, context);
    await createProber().probe('tls', { address: '127.0.0.1:1', names: [] }, context);
    await createProber().probe('dns', { name: 'localhost', type: 'A', expect: [], server: '127.0.0.1:1' }, context);
    await createProber().probe('disk', { path: '/', mounted: false, trend: 3600000 }, context);
    await createProber().probe('directory', { path: '/nowhere', recursive: true, look_at: 1 }, context);
    await createProber().probe('file', { path: '/nowhere', lock: false }, context);
    for (const kind of ['memory', 'load', 'cpu']) await createProber().probe(kind, { over: '1m' }, { ...context, memory: {} });
    await createProber().probe('port', { port: 1, protocol: 'tcp', listening: true }, context);
    await createProber().probe('process', { name: 'no-such-program', over: 1000 }, { ...context, memory: {} });
    await createProber().probe('logs', { path: '/nowhere', over: 1000 }, { ...context, memory: {} });
    await createProber().probe('metrics', { url: 'http://127.0.0.1:1/', value: 'a', counter: false, headers: {} }, context);
    await createProber().probe('docker', { container: 'none', socket: '/nowhere', restarts: 1, over: 1 }, { ...context, memory: {} });
    await createProber().probe('systemd', { unit: 'none', user: false, restarts: 1, over: 1 }, { ...context, memory: {} });
    console.log(loaded.join(' '));
  `;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  assert.match(output, /checks\/http\/run\.ts/);
  assert.doesNotMatch(output, /zod/);
});

function wrong(kind: string, target: unknown): string[] {
  const { issues } = CHECKS[kind]!.schema.safeParse(target).error!;
  return issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

test('defaults are filled in and mistakes are named', () => {
  const { schema } = CHECKS['http']!;
  assert.deepEqual(schema.parse({ url: 'http://${HOST}/' }), {
    url: 'http://${HOST}/',
    method: 'GET',
    headers: {},
    expect: { status: ['2xx'], headers: {} },
    redirects: 5,
    expiry: { warn: 21 * DAY_MS, urgent: 14 * DAY_MS },
  });
  assert.deepEqual(wrong('http', { url: 'localhost' }), ['url: must be an http:// or https:// URL']);
  assert.deepEqual(wrong('http', { url: 'http://x/', expect: { status: '2x' } }), [
    'expect.status: must be a status code such as 200, a class such as "2xx", or a list of these',
  ]);
  assert.match(
    wrong('http', { url: 'http://x/', expect: { text: '/(/' } })[0]!,
    /^expect\.text: Invalid regular expression/,
  );
  assert.deepEqual(wrong('exec', { command: 'true' }), [
    'command: must be a list: the program and its arguments; for a shell, write [sh, -c, "…"]',
  ]);
  assert.deepEqual(CHECKS['exec']!.schema.parse({ command: ['sleep', 5] }), { command: ['sleep', '5'] });
  assert.deepEqual(wrong('exec', { command: [] }), ['command: must name a program']);
  assert.deepEqual(wrong('tcp', { address: 'localhost' }), [
    'address: must be host:port, for example "127.0.0.1:6379" or "[::1]:6379"',
  ]);
  assert.equal(wrong('tcp', { address: 'x:70000' }).length, 1);
  assert.ok(CHECKS['tcp']!.schema.safeParse({ address: '[::1]:80' }).success);
});

test('the prober never rejects', async () => {
  const broken = { odd: () => Promise.resolve({ run: () => Promise.reject(new Error('out of cheese')) }) };
  const seen = await createProber(broken).probe('odd', {}, context());
  assert.deepEqual([seen.status, seen.message], ['unknown', 'the probe could not be made: out of cheese']);
  const stranger = await createProber().probe('toString', {}, context());
  assert.match(stranger.message, /"toString" is not a kind/);
});
