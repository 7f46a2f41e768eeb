/** A small web app of several instances behind a real nginx, asked by a real wrk while its versions come and go. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { servers } from '../../scripts/servers.mjs';
import { freePorts } from './ports.ts';
import { PROGRAMS, System } from './system.ts';

/** Connections of wrk at the same time. */
const CONNECTIONS = 16;
/** Each waits this long between two requests, ms: so that the machine is not what is tested. */
const PAUSE = 5;

export interface Load {
  requests: number;
  /** Answers other than 2xx and 3xx, and errors of sockets. */
  failed: number;
  /** What wrk said. */
  text: string;
}

export class Balanced {
  readonly system: System;
  readonly url: string;
  readonly #programs: Record<string, string>;
  readonly #env: NodeJS.ProcessEnv;
  readonly #file: (version: string, mode: string) => string;
  #wrk: ChildProcess | null = null;

  private constructor(found: Awaited<ReturnType<typeof servers>>, front: number, base: number, instances: number) {
    this.#programs = found.programs;
    this.#env = found.env;
    this.url = `http://127.0.0.1:${front}/`;
    const program = JSON.stringify(join(PROGRAMS, 'web.mjs'));
    this.#file = (version, mode) => `
project: rolling
services:
  web:
    command: [node, ${program}, "${version}", "${mode}"]
    environment: { PORT: "${base}" }
    instances: ${instances}
    ports: ["127.0.0.1:${base}+"]
    ready: { notify: true, timeout: 3s }
    stop_grace_period: 10s
    restart_policy: { delay: 100ms }
  nginx:
    command: [nginx, -p, nginx/, -c, nginx.conf, -e, stderr]
    environment: { PATH: ${JSON.stringify(found.env['PATH'])}, LD_LIBRARY_PATH: "${found.env['LD_LIBRARY_PATH'] ?? ''}" }
    ports: ["127.0.0.1:${front}"]
    depends_on: { web: { condition: service_healthy } }
    healthcheck: { tcp: "127.0.0.1:${front}", start_interval: 100ms }
    ready: healthcheck
    stop_signal: SIGQUIT
    kill_mode: mixed
`;
    this.system = new System(this.#file('1', ''));
    mkdirSync(join(this.system.folder, 'nginx'));
    this.system.write('pause.lua', `function delay() return ${PAUSE} end\n`);
    this.system.write('nginx/nginx.conf', nginxConf(front, base, instances));
  }

  /** Starts nothing. */
  static async make(instances: number, say: (line: string) => void): Promise<Balanced> {
    const found = await servers(['nginx', 'wrk'], { say });
    // Instances have ports in a row.
    for (;;) {
      const [front = 0, base = 0] = await freePorts(2);
      const row = await Promise.all(Array.from({ length: instances }, (_, index) => isFree(base + index)));
      if (row.every(Boolean)) return new Balanced(found, front, base, instances);
    }
  }

  /** Another version of the app; `mode` as in programs/web.mjs. */
  write(version: string, mode = ''): void {
    this.system.write('mainstay.yaml', this.#file(version, mode));
  }

  /** Begins to ask. */
  startLoad(): void {
    const args = ['-t1', `-c${CONNECTIONS}`, '-d3600s', '--timeout', '20s', '-s', 'pause.lua', this.url];
    const program = this.#programs['wrk'] ?? 'wrk';
    this.#wrk = spawn(program, args, { cwd: this.system.folder, env: this.#env, stdio: ['ignore', 'pipe', 'inherit'] });
  }

  /** Ends the asking, and tells how it went. */
  async stopLoad(): Promise<Load> {
    const wrk = this.#wrk;
    if (wrk?.stdout == null) throw new Error('nobody asks');
    let text = '';
    wrk.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
    const ended = new Promise((resolve) => wrk.once('close', resolve));
    wrk.kill('SIGINT');
    await ended;
    this.#wrk = null;
    const number = (pattern: RegExp): number =>
      [...(pattern.exec(text) ?? [])].slice(1).reduce((a, b) => a + Number(b), 0);
    const requests = number(/(\d+) requests in/);
    if (requests === 0) throw new Error(`wrk got no answer:\n${text}`);
    const sockets = number(/Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/);
    return { requests, failed: sockets + number(/Non-2xx or 3xx responses: (\d+)/), text };
  }

  /** Which versions answer, asked often enough that each instance is. */
  async versions(): Promise<string[]> {
    const answers = new Set<string>();
    for (let n = 0; n < 30; n++) answers.add(await this.#ask());
    return [...answers].toSorted();
  }

  #ask(): Promise<string> {
    return new Promise((resolve, reject) => {
      request(this.url, { agent: false, timeout: 20_000 }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => resolve(text));
      })
        .on('error', reject)
        .end();
    });
  }

  async end(): Promise<void> {
    this.#wrk?.kill('SIGKILL');
    await this.system.end();
  }
}

async function isFree(port: number): Promise<boolean> {
  const { createServer } = await import('node:net');
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function nginxConf(front: number, base: number, instances: number): string {
  const upstream = Array.from({ length: instances }, (_, index) => `server 127.0.0.1:${base + index} max_fails=0;`);
  const temps = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${name};`);
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  return `${user} daemon off; worker_processes 1; pid nginx.pid; error_log stderr crit;
events { worker_connections 512; }
http {
  access_log off; ${temps.join(' ')}
  upstream web { ${upstream.join(' ')} keepalive 16; }
  server {
    listen 127.0.0.1:${front};
    location / { proxy_pass http://web; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
`;
}
