import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Ballots } from '../../core/quorum/index.ts';
import { FROM, NONCE, SIGNATURE, isSame, signAnswer, signQuestion } from './sign.ts';

/** Pause before an address that could not be had is tried again, ms. */
const AGAIN_MS = 5_000;
const MAX_CONNECTIONS = 64;
/** What a client may take its time for, ms. */
const LIMITS = { headersTimeout: 5_000, requestTimeout: 10_000, keepAliveTimeout: 1_000, maxHeaderSize: 8_192 };

/** What is told. */
export interface Told {
  /** For anybody: states, and nothing else. */
  health(): { status: 'pass' | 'warn'; timestamp: string; checks: Record<string, string> };
  /** For the other monitors. */
  answer(about: readonly string[]): Ballots;
}

export interface Listening {
  listen: { host: string; port: number };
  /** What all monitors know; null: nobody is told more than states. */
  key: string | null;
  /** Told of what goes wrong, once for each change. */
  note: (text: string) => void;
}

/** Answers `/health`, `/health/live`, and to the other monitors `/verdicts`. An address that is taken is tried again. */
export class Answers {
  readonly #server: Server;
  readonly #options: Listening;
  #again: NodeJS.Timeout | null = null;
  #problem: string | null = null;

  constructor(told: Told, options: Listening) {
    this.#options = options;
    this.#server = createServer(LIMITS, (request, response) => answer(request, response, told, options.key));
    this.#server.maxConnections = MAX_CONNECTIONS;
    const { host, port } = options.listen;
    this.#server.on('listening', () => this.#tell(null));
    this.#server.on('error', (error: NodeJS.ErrnoException) => {
      this.#tell(`cannot listen on ${host}:${port}: ${error.code ?? error.message}`);
      this.#again = setTimeout(() => this.#listen(), AGAIN_MS);
    });
    this.#listen();
  }

  /** Why nobody is answered; null when all are. */
  get problem(): string | null {
    return this.#problem;
  }

  close(): Promise<void> {
    if (this.#again !== null) clearTimeout(this.#again);
    this.#server.closeAllConnections();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #listen(): void {
    this.#server.listen(this.#options.listen);
  }

  #tell(problem: string | null): void {
    if (problem === this.#problem) return;
    const { host, port } = this.#options.listen;
    this.#options.note(problem ?? `listens on ${host}:${port} again`);
    this.#problem = problem;
  }
}

function answer(request: IncomingMessage, response: ServerResponse, told: Told, key: string | null): void {
  const path = request.url ?? '/';
  const url = URL.parse(path, 'http://monitor');
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return send(response, 405, { error: 'only GET is answered' });
  switch (url?.pathname) {
    case '/health':
    case '/health/live':
      return send(response, 200, told.health());
    case '/verdicts':
      return verdicts(request, response, url.searchParams.getAll('about'), told, key);
    default:
      return send(response, 404, { error: 'there is nothing here' });
  }
}

function verdicts(
  { headers, url = '' }: IncomingMessage,
  response: ServerResponse,
  about: readonly string[],
  told: Told,
  key: string | null,
): void {
  const header = (name: string): string => headers[name]?.toString() ?? '';
  const nonce = header(NONCE);
  const isKnown =
    key !== null && nonce !== '' && isSame(header(SIGNATURE), signQuestion(key, nonce, header(FROM), url));
  if (!isKnown) return send(response, 403, { error: 'the question is not signed with the key of this monitor' });
  const body = JSON.stringify({ ballots: told.answer(about) });
  response.writeHead(200, { 'content-type': 'application/json', [SIGNATURE]: signAnswer(key, nonce, body) });
  response.end(body);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}
