/** A name server as small as RFC 1035 allows, over UDP. */
import { type Socket, createSocket } from 'node:dgram';

const TYPES: Record<string, number> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  CAA: 257,
};

export interface Zone {
  /** What is answered for `TYPE name`: records, or a response code (2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED). */
  [question: string]: Buffer[] | number;
}

export const name = (text: string): Buffer =>
  Buffer.concat([
    ...text.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.from([0]),
  ]);

export const short = (...values: number[]): Buffer => Buffer.from(values.flatMap((value) => [value >> 8, value & 255]));

export interface NameServer extends AsyncDisposable {
  address: string;
  /** What came, in order. */
  asked: string[];
  /** How long answers take, ms; null: none comes. */
  delay: number | null;
}

export async function startNameServer(zone: Zone): Promise<NameServer> {
  const socket: Socket = createSocket('udp4');
  const server: NameServer = {
    address: '',
    asked: [],
    delay: 0,
    [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(() => resolve())),
  };
  socket.on('message', (message, from) => {
    const labels: string[] = [];
    let at = 12;
    for (let length = message[at]!; length > 0; length = message[at]!) {
      labels.push(message.toString('latin1', at + 1, at + 1 + length));
      at += length + 1;
    }
    const type = message.readUInt16BE(at + 1);
    const question = `${Object.entries(TYPES).find(([, number]) => number === type)?.[0]} ${labels.join('.').toLowerCase()}`;
    server.asked.push(question);
    if (server.delay === null) return;
    const found = zone[question] ?? [];
    const records = typeof found === 'number' ? [] : found;
    const code = typeof found === 'number' ? found : 0;
    const header = Buffer.concat([message.subarray(0, 2), short(0x8180 | code, 1, records.length, 0, 0)]);
    const answers = records.map((data) => Buffer.concat([short(0xc00c, type, 1, 0, 60, data.length), data]));
    const answer = Buffer.concat([header, message.subarray(12, at + 5), ...answers]);
    setTimeout(() => socket.send(answer, from.port, from.address, () => undefined), server.delay);
  });
  await new Promise<void>((resolve) => {
    socket.bind(0, '127.0.0.1', resolve);
  });
  server.address = `127.0.0.1:${socket.address().port}`;
  return server;
}
