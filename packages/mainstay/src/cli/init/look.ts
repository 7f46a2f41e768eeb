import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A program that was found in a directory, and why it is believed to be one. */
export interface Found {
  service: string;
  command: string[];
  because: string;
  /** The port on which it usually listens; null when nothing says so. */
  port: number | null;
}

/** What in a directory looks like the program to run; null when nothing does. */
export function lookForProgram(directory: string): Found | null {
  return node(directory) ?? python(directory);
}

/** Names of the files in a directory; empty when it cannot be read. */
export function filesOf(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function node(directory: string): Found | null {
  const text = read(join(directory, 'package.json'));
  if (text === null) return null;
  const scripts = scriptsOf(text);
  const start = scripts.start;
  if (start === undefined) return null;
  const direct = /^node(?: [\w./@:=-]+)+$/.test(start) ? start.split(' ') : null;
  const port = /\b(?:PORT=|--port[= ])(\d+)/.exec(start)?.[1];
  return {
    service: 'web',
    command: direct ?? ['npm', 'run', 'start'],
    because: 'the script "start" of package.json',
    port: port === undefined ? 3000 : Number(port),
  };
}

function scriptsOf(text: string): Record<string, string> {
  try {
    const value: unknown = JSON.parse(text);
    const scripts = typeof value === 'object' && value !== null && 'scripts' in value ? value.scripts : null;
    if (typeof scripts !== 'object' || scripts === null) return {};
    return Object.fromEntries(Object.entries(scripts).filter(([, script]) => typeof script === 'string'));
  } catch {
    return {};
  }
}

function python(directory: string): Found | null {
  const requirements = read(join(directory, 'requirements.txt')) ?? '';
  const has = (name: string) => new RegExp(`^${name}(?![\\w-])`, 'im').test(requirements);
  const program = (name: string) => (existsSync(join(directory, '.venv/bin', name)) ? `.venv/bin/${name}` : name);
  const files = filesOf(directory);
  if (files.includes('manage.py')) {
    const project = files.find((name) => existsSync(join(directory, name, 'wsgi.py')));
    const command =
      has('gunicorn') && project
        ? [program('gunicorn'), `${project}.wsgi:application`, '-b', '127.0.0.1:8000']
        : [program('python3'), 'manage.py', 'runserver', '--noreload', '127.0.0.1:8000'];
    return { service: 'web', command, because: 'manage.py (Django)', port: 8000 };
  }
  const name = ['app.py', 'main.py', 'server.py'].find((file) => files.includes(file));
  if (!name) return null;
  const module = name.replace(/\.py$/, '');
  const web = has('flask') || has('fastapi') || has('gunicorn') || has('uvicorn');
  if (!web) return { service: 'app', command: [program('python3'), '-u', name], because: name, port: null };
  const variable =
    /^(\w+)\s*=\s*(?:flask\.)?(?:Flask|FastAPI|Starlette|create_app)\(/m.exec(read(join(directory, name)) ?? '')?.[1] ??
    'app';
  const application = `${module}:${variable}`;
  const listen = ['127.0.0.1', '8000'] as const;
  const command =
    has('uvicorn') || has('fastapi')
      ? [program('uvicorn'), application, '--host', listen[0], '--port', listen[1]]
      : has('gunicorn')
        ? [program('gunicorn'), application, '-b', listen.join(':')]
        : [program('flask'), '--app', module, 'run', '--host', listen[0], '--port', listen[1]];
  return { service: 'web', command, because: `${name} and requirements.txt`, port: 8000 };
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
