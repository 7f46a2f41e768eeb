import type { IncomingMessage, ServerResponse } from 'node:http';
import { MainstayError } from '@mainstay/protocol';
import type { ApiKey } from '../../../core/access/index.ts';
import type { AnswerPorts } from '../ports.ts';
import { findRoute, sendUnknown, urlOf, type Route } from '../router.ts';
import { admit } from './access.ts';
import { answerPing, pingOfPath, type PingSecret } from './ping.ts';

/** Longest body that is taken from the network, in bytes: what may be asked for from there is a few names. */
const MAX_BODY_BYTES = 65_536;
/** A reader that takes nothing of its answer for this long is gone, ms. */
const READ_PATIENCE_MS = 60_000;

/** Who may ask, as it is known at the moment of a request. */
export interface Secrets {
  keys(): Promise<readonly ApiKey[]>;
  /** Of heartbeats of these names. */
  pings(names: readonly string[]): Promise<readonly PingSecret[]>;
}

/**
 * Answers a request from the network.
 * @throws MainstayError whatever keeps it from being answered
 */
export async function answerStranger(
  request: IncomingMessage,
  response: ServerResponse,
  ports: AnswerPorts,
  secrets: Secrets,
): Promise<void> {
  response.setHeader('x-content-type-options', 'nosniff');
  const url = urlOf(request);
  const { method = 'GET' } = request;
  const ping = pingOfPath(url.pathname);
  if (ping !== null && ['GET', 'HEAD', 'POST'].includes(method)) {
    await answerPing(request, response, ports, ping, secrets.pings);
    return;
  }
  // An address that almost is that of a heartbeat holds a secret: it is not repeated.
  if (url.pathname.startsWith('/ping/'))
    throw new MainstayError('not-found', 'cannot report: no heartbeat has this address');
  const found = findRoute(method === 'HEAD' ? 'GET' : method, url.pathname);
  if (found === null || 'methods' in found || (method === 'HEAD' && !takesHead(url.pathname))) {
    sendUnknown(response, method, url.pathname, found === null ? null : methodsOf(found));
    return;
  }
  const { route, name } = found;
  if (route.needs === 'local') {
    const hint = 'run it on the machine itself, with mainstay';
    throw new MainstayError('forbidden', 'cannot do it over the network: it would bring commands along', hint);
  }
  if (route.needs !== 'open') admit(request, route.needs, await secrets.keys());
  limitBody(request);
  if (route.method === 'GET' && !isStream(request)) response.setTimeout(READ_PATIENCE_MS, () => response.destroy());
  await route.answer(request, response, ports, url, name);
}

/** Where an answer has an end and is not long. */
function takesHead(path: string): boolean {
  return !path.startsWith('/api/');
}

function methodsOf(found: { route: Route } | { methods: string[] }): string[] {
  return 'methods' in found ? found.methods : [found.route.method];
}

function isStream({ headers }: IncomingMessage): boolean {
  return headers.accept?.includes('text/event-stream') === true;
}

function limitBody({ headers }: IncomingMessage): void {
  const length = headers['content-length'];
  if (headers['transfer-encoding'] === undefined && Number(length ?? 0) <= MAX_BODY_BYTES) return;
  throw new MainstayError('usage', `cannot take it: its body must have a Content-Length of at most ${MAX_BODY_BYTES}`);
}
