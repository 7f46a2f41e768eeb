import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Observation, ProbeContext } from '../../../ports/index.ts';
import {
  Report,
  Verdict,
  chainOf,
  distrust,
  judgeExpiry,
  oneLine,
  openSocket,
  parseAddress,
  readAuthorities,
} from '../../kit/index.ts';
import type { Progress } from '../../kit/index.ts';
import type { TlsTarget } from './target.ts';

export async function run(target: Record<string, unknown>, context: ProbeContext): Promise<Observation> {
  const settings = target as unknown as TlsTarget;
  const report = new Report(context);
  const { address, ca_file: file, server_name: name } = settings;
  const endpoint = parseAddress(address);
  if (endpoint === null) return report.observe('unknown', `${oneLine(address)} is not host:port`);
  const progress: Progress = { waitingFor: 'a connection' };
  try {
    const options = {
      // What is wrong is told after the handshake, together with what else there is to tell.
      rejectUnauthorized: false,
      ...(file === undefined ? {} : { ca: await readAuthorities(file, context.workingDirectory) }),
      // Also the name that the certificate has to be for.
      ...(name === undefined ? {} : { servername: name, host: name }),
    };
    const socket = (await openSocket(endpoint, options, context.signal, progress)) as TLSSocket;
    try {
      return judge(socket, settings, context, report);
    } finally {
      socket.on('error', () => undefined).destroy();
    }
  } catch (error) {
    return report.broken(error, address, progress);
  }
}

function judge(socket: TLSSocket, settings: TlsTarget, context: ProbeContext, report: Report): Observation {
  const verdict = new Verdict();
  const chain = chainOf(socket);
  const [own] = chain;
  const wrong = distrust(socket);
  const missing = settings.names.filter((name) => own !== undefined && !isFor(own, name));
  if (missing.length > 0) verdict.complain('fail', `the certificate is not for ${missing.join(', ')}`);
  const days = judgeExpiry(chain, settings.expiry, context.wallMs(), verdict);
  const isSaid = days !== null && days < 0;
  if (wrong !== null && !(isSaid && /has expired/.test(wrong))) verdict.complain('fail', wrong);
  const protocol = socket.getProtocol() ?? 'TLS';
  const data = {
    protocol,
    ...(days === null ? {} : { days_left: days }),
    ...(own === undefined ? {} : { issuer: commonName(own.issuer), valid_to: own.validToDate.toISOString() }),
  };
  return verdict.observe(report, settings.address, `${protocol}, the certificate is valid for ${days} days more`, data);
}

function isFor(certificate: X509Certificate, name: string): boolean {
  return (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined;
}

/** The last part of a name that says who it is: `CN=…`, or all of it. */
function commonName(name: string): string {
  return oneLine(/^CN=(.*)$/m.exec(name)?.[1] ?? name, 100);
}
