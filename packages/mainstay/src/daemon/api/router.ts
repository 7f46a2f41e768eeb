import type { IncomingMessage, ServerResponse } from 'node:http';
import { MainstayError } from '@mainstay/protocol';
import type { Scope } from '../../core/access/index.ts';
import { sendJson } from './http.ts';
import type { AnswerPorts } from './ports.ts';
import { ROUTES } from './routes.ts';

type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  ports: AnswerPorts,
  url: URL,
  /** What the parts of the path stood for that are not fixed, decoded. */
  name: string,
) => Promise<void>;

/** One request that can be answered. */
export interface Route {
  method: 'GET' | 'POST' | 'DELETE';
  path: string | RegExp;
  /** What a key must allow; `local`: only for whoever may use the Unix socket; `open`: anybody may ask. */
  needs: Scope | 'local' | 'open';
  answer: Handler;
}

/** The route of a request, or the methods that its path knows, or null. */
export function findRoute(method: string, path: string): { route: Route; name: string } | { methods: string[] } | null {
  const fitting = ROUTES.flatMap((route) => {
    const found = typeof route.path === 'string' ? (route.path === path ? ['', ''] : null) : route.path.exec(path);
    return found === null ? [] : [{ route, name: decoded(found[1] ?? '') }];
  });
  const found = fitting.find(({ route }) => route.method === method);
  if (found !== undefined) return found;
  return fitting.length === 0 ? null : { methods: fitting.map(({ route }) => route.method) };
}

/** Answers a request of somebody who may ask everything. */
export async function answer(request: IncomingMessage, response: ServerResponse, ports: AnswerPorts): Promise<void> {
  const url = urlOf(request);
  const method = request.method ?? 'GET';
  const found = findRoute(method, url.pathname);
  if (found !== null && 'route' in found) await found.route.answer(request, response, ports, url, found.name);
  else sendUnknown(response, method, url.pathname, found?.methods ?? null);
}

/** @throws MainstayError `usage` when the address is none */
export function urlOf(request: IncomingMessage): URL {
  const url = URL.parse(request.url ?? '/', 'http://daemon');
  if (url === null) throw new MainstayError('usage', 'cannot read the request: its address is malformed');
  return url;
}

/** There is no such request, or not by this method. */
export function sendUnknown(response: ServerResponse, method: string, path: string, methods: string[] | null): void {
  const why = methods === null ? 'there is no such request' : `it takes ${methods.join(' and ')}`;
  if (methods !== null) response.setHeader('allow', methods.join(', '));
  const error = { code: 'usage', message: `cannot answer ${method} ${path}: ${why}`, hint: null };
  sendJson(response, methods === null ? 404 : 405, { error });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new MainstayError('usage', 'cannot read the request: its address is malformed');
  }
}
