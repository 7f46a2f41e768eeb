// Monitors as processes: of a daemon that is frozen and killed, over their own death, and three of which one is cut off.
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { MonitorProcess, Receiver, Way } from '../support/monitors.ts';
import { freePorts } from '../support/ports.ts';
import { signal } from '../support/processes.ts';
import { System } from '../support/system.ts';
import { eventually } from '../support/wait.ts';

test('a frozen daemon, and a dead one, are told once each, over the death of the monitor', async (t) => {
  const [port = 0] = await freePorts(1);
  const receiver = await Receiver.begin();
  t.after(() => receiver.end());
  const system = new System(`
project: shop
services: { web: { command: [sleep, "86400"] } }
api: { listen: "127.0.0.1:${port}" }
`);
  t.after(() => system.end());
  const monitor = new MonitorProcess(`
id: outside
project: shop
watch: "http://127.0.0.1:${port}"
interval: 1s
recheck: 1s
notifiers: { ops: { webhook: { url: "${receiver.url}" } } }
`);
  t.after(() => monitor.end());
  const happens = (what: string, holds: () => boolean): Promise<void> =>
    eventually(what, holds, () => `${receiver.told().join('\n')}\n${monitor.log()}`);
  await system.succeeds('up', '-d');
  monitor.start();
  await happens('the daemon is seen', () => / daemon mainstay pass /.test(monitor.log()));

  const frozen = system.daemon()!;
  signal(frozen, 'SIGSTOP');
  await happens('the silence is told', () => receiver.all.length > 0);
  assert.match(receiver.all[0]!.cause, /^daemon silent: .*: an answer did not come within 5 s$/);
  await monitor.kill();
  signal(frozen, 'SIGCONT');
  monitor.start();
  await happens('its recovery is told', () => receiver.told().length === 2);

  const guardian = system.guardian()!;
  signal(guardian, 'SIGKILL');
  signal(system.daemon()!, 'SIGKILL');
  await happens('the death is told', () => receiver.told().length === 3);
  assert.match(receiver.all.at(-1)!.cause, /^daemon silent: .*: connection refused$/);
  await system.succeeds('up', '-d');
  await happens('its recovery is told', () => receiver.told().length === 4);
  assert.deepEqual(receiver.told(), [
    'alert.opened daemon',
    'alert.closed daemon',
    'alert.opened daemon',
    'alert.closed daemon',
  ]);
  assert.equal(await monitor.kill('SIGTERM'), 0, 'told to end, it ends well');
});

test('a monitor that falls silent is missed by the daemon', async (t) => {
  const [port = 0] = await freePorts(1);
  const receiver = await Receiver.begin();
  t.after(() => receiver.end());
  const system = new System(`
project: shop
services: { web: { command: [sleep, "86400"] } }
checks: { outside: { heartbeat: { every: 5s, grace: 15s }, interval: 1s } }
api: { listen: "127.0.0.1:${port}" }
alerts: { notifiers: { ops: { webhook: { url: "${receiver.url}" } } } }
`);
  t.after(() => system.end());
  await system.succeeds('up', '-d');
  const address = (await system.succeeds('heartbeat', 'outside', '--url')).trim();
  const monitor = new MonitorProcess(`
watch: "http://127.0.0.1:${port}"
interval: 1s
heartbeat: "\${BEAT}"
`);
  t.after(() => monitor.end());
  monitor.write('.env', `BEAT=${address}\n`);
  const stands = async (wanted: string): Promise<void> =>
    system.eventually(`the check is ${wanted}`, async () => (await system.answers()).checks[0]?.status === wanted);
  monitor.start();
  await stands('pass');
  await system.eventually('nothing is to be told', () => receiver.told().length % 2 === 0);
  // On a slow machine it may have been missed before it had begun.
  const before = receiver.told().length;
  await monitor.kill();
  await system.eventually('its silence is told', () => receiver.told().length > before);
  assert.equal(receiver.told().at(-1), 'alert.opened outside');
  await stands('fail');
  monitor.start();
  await system.eventually('its return is told', () => receiver.told().length > before + 1);
  assert.equal(receiver.told().at(-1), 'alert.closed outside');
  assert.doesNotMatch(monitor.log(), new RegExp(address.split('/').at(-1)!), 'the address is a secret');
});

test('of three monitors one that is cut off says nothing, and the others tell of a real outage once', async (t) => {
  const receiver = await Receiver.begin();
  t.after(() => receiver.end());
  const [a = 0, b = 0, c = 0, sitePort = 0] = await freePorts(4);
  const [gateway, site] = [await serving(0), await serving(sitePort)];
  const ports = { site: sitePort, gateway: (gateway.address() as AddressInfo).port, a, b, c };
  t.after(() => [gateway, site].forEach(end));
  // Everything that leads to c, and from it, goes over these.
  const ways = Object.fromEntries(
    await Promise.all(Object.entries(ports).map(async ([name, port]) => [name, await Way.to(port)] as const)),
  ) as Record<keyof typeof ports, Way>;
  t.after(() => Object.values(ways).forEach((way) => way.end()));
  const ids = ['a', 'b', 'c'] as const;
  const monitors = ids.map((id) => {
    const to = (name: keyof typeof ports): string =>
      `127.0.0.1:${id === 'c' || name === 'c' ? ways[name].port : ports[name]}`;
    const peers = ids.filter((other) => other !== id).map((other) => `${other}: "http://${to(other)}"`);
    return new MonitorProcess(`
id: ${id}
project: shop
interval: 1s
recheck: 1s
checks: { site: { http: "http://${to('site')}/" } }
witness: [{ http: "http://${to('gateway')}/" }]
peers: { ${peers.join(', ')} }
key: 0123456789abcdef0123456789abcdef
listen: "127.0.0.1:${ports[id]}"
notifiers: { ops: { webhook: { url: "${receiver.url}" } } }
group: 0s
`);
  });
  for (const monitor of monitors) t.after(() => monitor.end());
  const happens = (what: string, holds: () => boolean): Promise<void> =>
    eventually(what, holds, () => `${receiver.told().join('\n')}\n${monitors.map((one) => one.log()).join('\n')}`);
  for (const monitor of monitors) monitor.start();
  await happens('all see each other', () => monitors.every((one) => one.log().match(/is present/g)?.length === 2));
  await happens('all see the site', () => monitors.every((one) => / check\.state site: pass/.test(one.log())));

  for (const way of Object.values(ways)) way.cut();
  await happens('the one that is cut off is missed', () => receiver.told().includes('alert.opened monitor c'));
  await happens('it knows that it knows nothing', () => /check\.state site: unknown/.test(monitors[2]!.log()));
  end(site);
  await happens('the outage is told', () => receiver.told().includes('alert.opened site'));
  const again = await serving(sitePort);
  t.after(() => end(again));
  await happens('its end is told', () => receiver.told().includes('alert.closed site'));
  for (const way of Object.values(ways)) way.isCut = false;
  await happens('the one that was cut off is back', () => receiver.told().includes('alert.closed monitor c'));
  assert.deepEqual(receiver.told().toSorted(), [
    'alert.closed monitor c',
    'alert.closed site',
    'alert.opened monitor c',
    'alert.opened site',
  ]);
  assert.ok(
    receiver.all.every(({ host }) => host !== 'c'),
    'who was cut off told nobody of anything',
  );
});

async function serving(port: number): Promise<Server> {
  const server = createServer((_request, response) => response.end('well'));
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

function end(server: Server): void {
  server.closeAllConnections();
  server.close();
}
