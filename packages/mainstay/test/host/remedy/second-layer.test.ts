/** What the layers below a check say of a real program: stopped, gone, not listening, not accepting, or well. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test, type TestContext } from 'node:test';
import { identify } from '../../../src/host/proc/index.ts';
import { askSecondLayer } from '../../../src/host/remedy/index.ts';
import type { SecondLayerAnswer, SecondLayerQuestion } from '../../../src/ports/index.ts';
import { eventually } from '../../../../../test/support/wait.ts';

/** A server of its own process. `/hang` lets its loop stand still for ever. */
async function server(t: TestContext): Promise<{ child: ChildProcess; port: number; ask: Ask }> {
  const script = `const s=require('net').createServer((c)=>c.on('data',()=>{for(;;);}));
    s.listen(0,'127.0.0.1',()=>console.log(s.address().port));`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  const port = Number(line.toString().trim());
  const identity = identify(child.pid ?? 0)!;
  const ask: Ask = (more) =>
    askSecondLayer({ address: { host: '127.0.0.1', port }, connects: true, processes: [identity], ...more });
  return { child, port, ask };
}

type Ask = (more?: Partial<SecondLayerQuestion>) => Promise<SecondLayerAnswer>;

test('a program that accepts is not confirmed to be broken', async (t) => {
  const { ask, child, port } = await server(t);
  const { word, text, evidence } = await ask();
  assert.equal(word, 'silent', text);
  assert.match(text, /accepts connections; process \d+ is (sleeping|running)/);
  const [process] = evidence.processes;
  assert.deepEqual([process?.pid, process?.leader], [child.pid, child.pid]);
  assert.ok((process?.threads ?? 0) > 1 && (process?.memory ?? 0) > 1_000_000);
  assert.ok(process?.sockets.includes(`LISTEN 127.0.0.1:${port}`), process?.sockets.join());
  assert.match((await ask({ connects: false })).text, /something listens/);
});

test('one whose loop stands still leaves connections in the queue', async (t) => {
  const { ask, port } = await server(t);
  const socket = connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  socket.write('x');
  await eventually('it is seen', async () => (await ask()).word === 'broken');
  assert.match((await ask()).text, /does not take connections: \d+ wait in its queue/);
});

test('one that was stopped by a signal is broken, with evidence of what it was doing', async (t) => {
  const { ask, child } = await server(t);
  child.kill('SIGSTOP');
  await eventually('it is seen', async () => (await ask()).word === 'broken');
  const { text, evidence } = await ask();
  assert.match(text, /is stopped/);
  assert.equal(evidence.processes[0]?.state, 'T');
});

test('a port where nobody listens, and a process that is gone, confirm it', async (t) => {
  const { ask, child } = await server(t);
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.deepEqual(await ask().then(({ word, text }) => [word, text]), ['broken', 'its process is gone']);
  assert.match((await ask({ processes: [] })).text, /nothing listens/);
  assert.match((await ask({ processes: [], connects: false })).text, /nothing listens/);
});

test('where there is nothing to ask, nothing is confirmed', async () => {
  const { word, text } = await askSecondLayer({ address: null, connects: true, processes: [] });
  assert.deepEqual([word, text], ['silent', 'there is no address to ask']);
  const unknown = { host: 'no-such-host.invalid', port: 80 };
  assert.equal((await askSecondLayer({ address: unknown, connects: true, processes: [] })).word, 'silent');
});
