// A web server whose health fails once it is older than LIFE ms.
//   node sickly.mjs PORT LIFE
import { createServer } from 'node:http';

const [port, life] = process.argv.slice(2).map(Number);
const ill = Date.now() + (life ?? 0);
createServer((_request, response) => {
  response.writeHead(Date.now() < ill ? 200 : 500);
  response.end('ok\n');
}).listen(port, '127.0.0.1');
