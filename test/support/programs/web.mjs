// A small web server: `node web.mjs VERSION [MODE]`, on port PORT + INSTANCE. At SIGTERM it finishes what it has begun.
// Modes: `exits` ends before it is ready, `silent` never gets ready.
import { createServer } from 'node:http';
import { writeSync } from 'node:fs';

const [version = '?', mode = ''] = process.argv.slice(2);
const port = Number(process.env['PORT']) + Number(process.env['INSTANCE'] ?? 0);
if (mode === 'exits') {
  console.log(`version ${version} cannot start: no such setting`);
  process.exit(3);
}
const server = createServer((_request, response) => {
  response.end(version);
});
server.keepAliveTimeout = 60_000;
server.listen(port, '127.0.0.1', 511, () => {
  console.log(`version ${version} listens on ${port}`);
  if (mode !== 'silent') writeSync(Number(process.env['MAINSTAY_NOTIFY_FD']), 'READY=1\n');
});
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
});
