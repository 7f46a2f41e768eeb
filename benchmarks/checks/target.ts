/**
 * What is checked: a program of its own that answers `GET /t/<id>`, accepts on a port for bare connections, and stamps every
 * arrival with the monotonic clock, which all processes share. Its parent speaks to it in lines of JSON:
 * `{"fail": "refuse" | "500" | "hang" | null}` changes how it behaves, `{"stamps": true}` asks for the arrivals so far.
 */
import { createServer as createHttp, type ServerResponse } from 'node:http';
import { createServer as createTcp, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

export type Failure = 'refuse' | '500' | 'hang' | null;

const arrivals: [id: string, at: number][] = [];
const now = (): number => Number(process.hrtime.bigint()) / 1e6;
let failure: Failure = null;
const hung = new Set<ServerResponse>();

const http = createHttp((request, response) => {
  const id = request.url?.slice(3) ?? '';
  arrivals.push([id, now()]);
  if (failure === 'hang' || id.startsWith('hang')) {
    hung.add(response);
    response.on('close', () => hung.delete(response));
    return;
  }
  response.writeHead(failure === '500' ? 500 : 200, { 'content-type': 'text/plain' });
  response.end('ok\n');
});
const sockets = new Set<Socket>();
http.on('connection', (socket) => {
  sockets.add(socket);
  socket.on('close', () => sockets.delete(socket));
});
const tcp = createTcp((socket) => {
  arrivals.push(['tcp', now()]);
  socket.on('error', () => undefined);
  socket.resume();
});

const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);
const portOf = (server: typeof tcp): number => (server.address() as { port: number }).port;

http.listen(0, '127.0.0.1', () => {
  tcp.listen(0, '127.0.0.1', () => say({ http: portOf(http), tcp: portOf(tcp) }));
});
createInterface(process.stdin).on('line', (line) => {
  const wanted = JSON.parse(line) as { fail?: Failure; stamps?: boolean };
  if (wanted.stamps === true) say(arrivals.splice(0));
  if (wanted.fail === undefined) return;
  failure = wanted.fail;
  const done = (): void => say({ at: now() });
  if (failure === 'refuse') {
    for (const socket of sockets) socket.destroy();
    http.close(done);
  } else {
    done();
  }
});
process.stdin.on('end', () => process.exit());
