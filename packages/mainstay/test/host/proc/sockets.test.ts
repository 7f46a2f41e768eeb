import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { addressHex, overlaps, parseListeners, portHolder } from '../../../src/host/proc/index.ts';

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000029c83793 100 0 0 10 0
   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0000000029c83793 20 4 30 10 -1
   2: 00000000:01BB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0000000029c83793 100 0 0 10 0
`;

describe('who holds a port', () => {
  it('reads listeners, and no connections, from the kernel’s table', () => {
    assert.deepEqual(parseListeners(TABLE, 4, 'tcp', 8080), [{ family: 4, address: '7f000001', inode: '4711' }]);
    assert.deepEqual(parseListeners(TABLE, 4, 'tcp', 443), [{ family: 4, address: '00000000', inode: '4713' }]);
    assert.deepEqual(parseListeners(TABLE, 4, 'tcp', 80), []);
    assert.deepEqual(parseListeners('', 4, 'tcp', 80), []);
  });

  it('reads addresses', () => {
    assert.equal(addressHex('127.0.0.1'), '7f000001');
    assert.equal(addressHex('::'), '0'.repeat(32));
    assert.equal(addressHex('::1'), `${'0'.repeat(31)}1`);
    assert.equal(addressHex('2001:db8::ff00:42:8329'), '20010db8000000000000ff0000428329');
    assert.equal(addressHex('::ffff:10.0.0.1'), '00000000000000000000ffff0a000001');
    assert.equal(addressHex('localhost'), null);
    fc.assert(fc.property(fc.ipV6(), (address) => assert.match(addressHex(address) ?? '', /^[0-9a-f]{32}$/)));
  });

  it('knows which addresses are in the way of which', () => {
    const v4 = (host: string) => ({ family: 4, address: addressHex(host) ?? '', inode: '' }) as const;
    const v6 = (host: string) => ({ family: 6, address: addressHex(host) ?? '', inode: '' }) as const;
    const cases = [
      [v4('0.0.0.0'), '127.0.0.1', true],
      [v4('127.0.0.1'), '0.0.0.0', true],
      [v4('127.0.0.1'), '127.0.0.1', true],
      [v4('127.0.0.1'), '127.0.0.2', false],
      [v4('127.0.0.1'), '::', true],
      [v4('127.0.0.1'), '::1', false],
      [v6('::'), '127.0.0.1', true],
      [v6('::1'), '127.0.0.1', false],
      [v6('::1'), '0.0.0.0', false],
      [v6('::ffff:127.0.0.1'), '127.0.0.1', true],
      [v6('::1'), '[::1]', true],
      [v6('::1'), null, true],
      [v4('10.0.0.1'), 'localhost', true],
    ] as const;
    for (const [listener, host, expected] of cases)
      assert.equal(overlaps(listener, host), expected, `${listener.address} ${host}`);
  });

  for (const address of ['127.0.0.1', '0.0.0.0', '::1', '::']) {
    it(`finds this process listening on ${address}`, async (context) => {
      const server = createServer().listen(0, address);
      const listening = await Promise.race([once(server, 'listening'), once(server, 'error').then(() => null)]);
      if (listening === null) return context.skip(`${address} is not available here`);
      const { port } = server.address() as AddressInfo;
      const holder = portHolder(port, 'tcp', null);
      assert.equal(holder?.pid, process.pid);
      assert.match(holder.command ?? '', /node/);
      assert.equal(
        portHolder(port, 'tcp', null, (pid) => pid === process.pid),
        null,
      );
      assert.equal(portHolder(port, 'udp', null), null);
      server.close();
      await once(server, 'close');
      assert.equal(portHolder(port, 'tcp', null), null);
    });
  }

  it('finds a bound UDP socket', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    assert.equal(portHolder(socket.address().port, 'udp', '127.0.0.1')?.pid, process.pid);
    socket.close();
  });
});
