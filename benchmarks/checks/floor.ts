/**
 * The bare engine that is the floor: every check at its place within the interval, by node:http with a fresh connection, or by a bare
 * connection; status and body are compared, one deadline of 5 s. Its argument is `{ kind, port, checks, intervalMs }`. Each line
 * on its input is answered by what it has used so far.
 */
import { request } from 'node:http';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

const TIMEOUT_MS = 5000;
const { kind, port, checks, intervalMs } = JSON.parse(process.argv[2]!) as {
  kind: 'http' | 'tcp';
  port: number;
  checks: number;
  intervalMs: number;
};
let done = 0;
let failed = 0;

function http(id: number): void {
  const call = request({ host: '127.0.0.1', port, path: `/t/${id}`, agent: false }, (response) => {
    let body = '';
    response.setEncoding('utf8').on('data', (part: string) => (body += part));
    response.on('end', () => {
      clearTimeout(deadline);
      done += 1;
      if (response.statusCode !== 200 || body !== 'ok\n') failed += 1;
    });
  });
  const deadline = setTimeout(() => call.destroy(new Error('too late')), TIMEOUT_MS);
  call.on('error', () => {
    clearTimeout(deadline);
    done += 1;
    failed += 1;
  });
  call.end();
}

function tcp(): void {
  const socket = connect({ host: '127.0.0.1', port });
  const deadline = setTimeout(() => socket.destroy(new Error('too late')), TIMEOUT_MS);
  const end = (isFailed: number): void => {
    clearTimeout(deadline);
    done += 1;
    failed += isFailed;
    socket.destroy();
  };
  socket.once('connect', () => end(0));
  socket.once('error', () => end(1));
}

const began = performance.now();
for (let id = 0; id < checks; id++) {
  const phase = (intervalMs * id) / checks;
  const next = (round: number): void => {
    setTimeout(
      () => {
        if (kind === 'http') http(id);
        else tcp();
        next(round + 1);
      },
      Math.max(0, began + phase + round * intervalMs - performance.now()),
    );
  };
  next(0);
}

createInterface(process.stdin).on('line', () => {
  const { user, system } = process.cpuUsage();
  console.log(JSON.stringify({ done, failed, cpuMs: (user + system) / 1000, rss: process.memoryUsage().rss }));
});
process.stdin.on('end', () => process.exit());
