import { connect, isIP } from 'node:net';
import type { Observation, ProbeContext } from '../../../ports/index.ts';
import { Report, connectionError, isSelf, oneLine, parseAddress, pattern } from '../../kit/index.ts';
import type { TcpTarget } from './target.ts';

/** Bytes that are searched for `expect`. */
const LIMIT = 65_536;

export function run(target: Record<string, unknown>, context: ProbeContext): Promise<Observation> {
  const { address, send, expect } = target as unknown as TcpTarget;
  const report = new Report(context);
  const where = parseAddress(address);
  if (where === null) return Promise.resolve(report.observe('unknown', `${oneLine(address)} is not host:port`));
  if (context.signal.aborted) return Promise.resolve(report.aborted('a connection'));
  const matches = expect === undefined ? null : pattern(expect);

  return new Promise((resolve) => {
    const socket = connect({ ...where, noDelay: true });
    let resolved = isIP(where.host) !== 0;
    let waitingFor = resolved ? `a connection to ${address}` : `the address of ${where.host}`;
    let received = '';

    const finish = (observation: Observation): void => {
      context.signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(observation);
    };
    const onAbort = (): void => {
      const observation = report.aborted(waitingFor);
      // A resolver that does not answer says nothing about the target.
      finish(resolved ? observation : { ...observation, status: 'unknown' });
    };
    context.signal.addEventListener('abort', onAbort, { once: true });

    socket.once('lookup', () => {
      resolved = true;
      waitingFor = `a connection to ${address}`;
    });
    socket.once('connect', () => {
      if (isSelf(socket)) {
        finish(report.observe('fail', `${address}: connection refused`));
        return;
      }
      if (send !== undefined) socket.write(send);
      if (matches === null) finish(report.observe('pass', `${address}: connected`));
      else waitingFor = `the expected text from ${address}`;
    });
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      received = (received + chunk).slice(0, LIMIT);
      if (matches?.(received) === true) finish(report.observe('pass', `${address}: expected text received`));
      else if (received.length >= LIMIT)
        finish(report.observe('fail', `${address}: the expected text is not in what came`));
    });
    socket.once('end', () => finish(report.observe('fail', closed(address, received))));
    socket.on('error', (error) => {
      const { status, message } = connectionError(error);
      finish(report.observe(status, `${address}: ${message}`));
    });
  });
}

function closed(address: string, received: string): string {
  const what = received === '' ? 'nothing' : `"${oneLine(received, 80)}"`;
  return `${address}: closed after ${what} came, not the expected text`;
}
