/** The file of a monitor, and the section of mainstay.yaml. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { loadMonitor, type MonitorResult } from '../../src/config/load/monitor.ts';
import { describeProblem, loadPlan } from '../../src/config/index.ts';
import { CHECKS } from '../../src/registry/checks.ts';
import { NOTIFIERS } from '../../src/registry/notifiers.ts';

async function load(text: string, env: Record<string, string> = {}, name = 'monitor.yaml'): Promise<MonitorResult> {
  const folder = mkdtempSync(path.join(tmpdir(), 'mainstay-monitor-'));
  try {
    const file = path.join(folder, name);
    writeFileSync(file, text);
    return await loadMonitor({ file, env, kinds: CHECKS, notifiers: NOTIFIERS });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What is wrong, without the folder. */
async function wrong(text: string, env: Record<string, string> = {}): Promise<string[]> {
  const { problems, plan } = await load(text, env);
  assert.equal(plan === null, problems.length > 0);
  return problems.map((problem) => describeProblem({ ...problem, file: path.basename(problem.file) }));
}

const KEY = 'key: 0123456789abcdef0123\nlisten: "127.0.0.1:7071"\n';

test('a file of its own, with its defaults', async () => {
  const { plan, problems } = await load(
    'id: berlin\nwatch: "http://10.0.0.1:7070"\nchecks:\n  site: { http: "https://example.org/", retries: 2 }\n',
  );
  assert.deepEqual(problems, []);
  assert.deepEqual(
    [plan?.id, plan?.interval, plan?.recheck, plan?.listen, plan?.key, plan?.heartbeat, plan?.peers, plan?.witnesses],
    ['berlin', 300_000, 30_000, null, null, null, [], []],
  );
  assert.deepEqual(
    plan?.plan.checks.map(({ name, kind, interval, retries }) => [name, kind, interval, retries]),
    [
      ['daemon', 'mainstay', 300_000, 3],
      ['site', 'http', 300_000, 2],
    ],
  );
  assert.equal(plan?.plan.alerts, null);
});

test('everything that can be said', async () => {
  const { plan, problems, warnings } = await load(
    `id: b
interval: 1m
recheck: 5s
checks: { site: { http: "https://\${HOST}/", interval: 10s }, red: { redis: "redis://:\${PASSWORD}@127.0.0.1" } }
witness: [{ tcp: "192.0.2.1:443", timeout: 2s }, { dns: example.org }]
peers: { a: "http://10.0.0.1:7071", c: "\${C}" }
key: "\${MONITOR_KEY}"
listen: 7071
heartbeat: "http://10.0.0.1:7070/ping/\${BEAT}"
notifiers: { ops: { slack: "\${HOOK}" } }
routes: [{ to: ops, remind: 4h }]
group: 0s
quiet: "22:00-07:00"
public_url: https://status.example.org/
`,
    { HOST: 'x', PASSWORD: 'hunter22', C: 'http://c:1', MONITOR_KEY: 'k'.repeat(32), BEAT: 's', HOOK: 'https://h/' },
  );
  assert.deepEqual(problems, []);
  assert.equal(warnings.length, 6, 'each variable is found only in the shell');
  assert.ok(plan !== null);
  assert.deepEqual(
    plan.plan.checks.map(({ interval }) => interval),
    [10_000, 60_000],
  );
  assert.deepEqual(
    plan.plan.checks.map(({ target }) => target['url']),
    ['https://${HOST}/', 'redis://:${PASSWORD}@127.0.0.1'],
  );
  assert.deepEqual(
    plan.witnesses.map(({ name, kind, timeout }) => [name, kind, timeout]),
    [
      ['witness 1', 'tcp', 2_000],
      ['witness 2', 'dns', 5_000],
    ],
  );
  assert.deepEqual(plan.peers, [
    { id: 'a', url: 'http://10.0.0.1:7071' },
    { id: 'c', url: '${C}' },
  ]);
  assert.deepEqual([plan.key, plan.listen], ['${MONITOR_KEY}', { host: '127.0.0.1', port: 7071 }]);
  assert.equal(plan.heartbeat, 'http://10.0.0.1:7070/ping/${BEAT}');
  const { alerts } = plan.plan;
  assert.deepEqual([alerts?.group, alerts?.publicUrl, alerts?.quiet.length], [0, 'https://status.example.org/', 1]);
  assert.deepEqual(alerts?.notifiers[0]?.target, { url: '${HOOK}' });
  assert.deepEqual(alerts?.routes[0]?.remind, 4 * 3_600_000);
  assert.doesNotMatch(JSON.stringify(plan), /hunter22/, 'no secret is in the plan');
});

test('the section of mainstay.yaml', async () => {
  const text = 'project: shop\nservices: { a: { command: app } }\nmonitor:\n  watch: "http://127.0.0.1:7070"\n';
  const { plan, problems } = await load(text, {}, 'mainstay.yaml');
  assert.deepEqual(problems, []);
  assert.equal(plan?.plan.project, 'shop');
});

test('what is wrong is said with its place', async () => {
  assert.deepEqual(await wrong('watch: "ftp://x"\nintervall: 3s\n'), [
    'monitor.yaml:1:8: watch: must be an http:// or https:// URL',
    'monitor.yaml:2:1: "intervall" is not a key of monitor; did you mean "interval"?',
  ]);
  assert.deepEqual(await wrong('checks:\n  site: { htp: "https://x/" }\n'), [
    'monitor.yaml:2:11: checks.site: "htp" is not a key of a check; did you mean "http"?',
  ]);
  assert.deepEqual(await wrong('watch: "http://x"\ninterval: 0s\n'), [
    'monitor.yaml:2:11: interval: checks without a pause would do nothing but check; write a time longer than 0, or leave the key out',
  ]);
  assert.deepEqual(await wrong('watch: "http://x"\nchecks: { daemon: { tcp: "x:1" } }\n'), [
    'monitor.yaml:2:11: checks.daemon: "daemon" is what watch: makes; choose another name for the check',
  ]);
  assert.deepEqual(await wrong('checks: { job: { heartbeat: 1h } }\n'), [
    'monitor.yaml:1:18: checks.job.heartbeat: jobs report to a daemon, not to a monitor; put it into checks of mainstay.yaml',
  ]);
  assert.deepEqual(await wrong('id: a\ninterval: 1m\n'), ['monitor.yaml:1:1: checks nothing; add watch: or checks:']);
  assert.deepEqual(await wrong('watch: "http://x"\nalerts: {}\n'), [
    'monitor.yaml:2:1: alerts: "alerts" is not a key of monitor; write public_url, notifiers, routes, group, quiet without it',
  ]);
  assert.deepEqual(await wrong('services: { a: { command: app } }\n'), [
    'monitor.yaml:1:1: services: the file has no monitor; add monitor: { checks: … }',
  ]);
  assert.deepEqual(await wrong('monitor: 3\n'), [
    'monitor.yaml:1:10: monitor: must be a mapping; write monitor: { checks: … }',
  ]);
  assert.deepEqual(await wrong('watch: "http://${HOST}"\n'), [
    'monitor.yaml:1:8: watch: ${HOST} is not set; set it in .env, or write ${HOST:-default}',
  ]);
});

test('what is wrong with a quorum', async () => {
  const watch = 'watch: "http://x"\nid: a\n';
  assert.deepEqual(await wrong(`${watch}peers: { b: "http://b:1" }\n`), [
    'monitor.yaml:3:1: peers: needs a key that all monitors know; add key: "${MONITOR_KEY}"',
    'monitor.yaml:3:1: peers: cannot be asked by the others: it does not listen; add listen: "0.0.0.0:7071"',
  ]);
  assert.deepEqual(await wrong(`${watch}${KEY}peers: { a: "http://a:1", b: "b:1" }\n`), [
    'monitor.yaml:5:10: peers.a: is this monitor itself; name the others only, or give this one another id',
    'monitor.yaml:5:30: peers.b: must be an http:// or https:// URL; write for example http://10.0.0.2:7071',
  ]);
  assert.deepEqual(await wrong(`${watch}key: short\n`), [
    'monitor.yaml:3:6: key: is shorter than 16 characters; make one with: openssl rand -hex 16',
  ]);
  assert.deepEqual(await wrong(`${watch}witness: [{ tcp: "x" }]\n`), [
    'monitor.yaml:3:18: witness[0].tcp: must be host:port, for example "127.0.0.1:6379" or "[::1]:6379"',
  ]);
});

test('the daemon takes a section as it is, whatever variables the other machine has, and says what is wrong', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'mainstay-monitor-'));
  try {
    const file = path.join(folder, 'mainstay.yaml');
    const read = async (monitor: string): Promise<string[]> => {
      writeFileSync(file, `services: { a: { command: app } }\nmonitor: ${monitor}\n`);
      const { problems } = await loadPlan({ file, env: {}, kinds: CHECKS, notifiers: NOTIFIERS });
      return problems.map(({ path: at, reason }) => `${at}: ${reason}`);
    };
    assert.deepEqual(
      await read('{ watch: "${WHERE}", key: "${K}", notifiers: { ops: { slack: "${HOOK}" } }, interval: "${I}" }'),
      [],
    );
    assert.deepEqual(await read('{ watch: "http://x", checks: { site: { http: 3 } }, listenn: 3 }'), [
      'monitor.checks.site.http: must be text, not 3',
      'monitor: "listenn" is not a key of monitor',
    ]);
    assert.deepEqual(await read('[1]'), ['monitor: must be a mapping']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
