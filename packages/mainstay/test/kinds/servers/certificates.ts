/** Certificates for tests, valid for as long as a test wants (X.509 version 3, RFC 5280; DER as of X.690). */
import { type KeyObject, X509Certificate, createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

export interface Issued {
  cert: string;
  key: string;
}

export interface CertificateOptions {
  name: string;
  /** DNS names and IPv4 addresses it is for. Default: localhost and 127.0.0.1. */
  hosts?: string[];
  /** Days from now. */
  validFrom?: number;
  validFor?: number;
  /** Who signs; nobody: it signs itself. */
  issuer?: Issued & { name: string };
  authority?: boolean;
}

const DAY_MS = 86_400_000;

const der = (tag: number, ...parts: Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
};
const sequence = (...parts: Uint8Array[]): Buffer => der(0x30, ...parts);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const octets = (content: Uint8Array): Buffer => der(0x04, content);
const bits = (content: Uint8Array): Buffer => der(0x03, Buffer.from([0]), content);
const yes = der(0x01, Buffer.from([255]));

const ECDSA_WITH_SHA256 = sequence(oid('2a8648ce3d040302'));

function nameOf(text: string): Buffer {
  return sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(text)))));
}

/** GeneralizedTime, in whole seconds. */
function timeOf(ms: number): Buffer {
  return der(0x18, Buffer.from(`${new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`));
}

function extension(id: string, critical: boolean, content: Uint8Array): Buffer {
  return sequence(oid(id), ...(critical ? [yes] : []), octets(content));
}

/** A key of the curve P-256 and a certificate for it, both in PEM form. */
export function issue(options: CertificateOptions): Issued & { name: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { name, issuer, hosts = ['localhost', '127.0.0.1'], authority = false } = options;
  const now = Date.now();
  const names = hosts.map((host) =>
    /^\d+\.\d+\.\d+\.\d+$/.test(host)
      ? der(0x87, Buffer.from(host.split('.').map(Number)))
      : der(0x82, Buffer.from(host)),
  );
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ECDSA_WITH_SHA256,
    nameOf(issuer?.name ?? name),
    sequence(
      timeOf(now + (options.validFrom ?? -1) * DAY_MS),
      // An hour more, so that a count of whole days does not change while the test runs.
      timeOf(now + (options.validFor ?? 365) * DAY_MS + DAY_MS / 24),
    ),
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(
      0xa3,
      sequence(
        extension('551d13', true, authority ? sequence(yes) : sequence()),
        ...(authority ? [] : [extension('551d11', false, sequence(...names))]),
      ),
    ),
  );
  const signer: KeyObject = issuer === undefined ? privateKey : createPrivateKey(issuer.key);
  const signed = sequence(content, ECDSA_WITH_SHA256, bits(sign('sha256', content, signer)));
  return {
    name,
    cert: new X509Certificate(signed).toString(),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
