import type { ArgumentSpec, CommandSpec, OptionSpec } from '../framework/index.ts';

export const SERVICES: ArgumentSpec = {
  name: 'SERVICE',
  summary: 'Name of a service',
  required: false,
  many: true,
  completes: 'services',
};

const ALL: OptionSpec = { name: 'all', summary: 'Every service' };
const NO_WAIT: OptionSpec = { name: 'no-wait', summary: 'Do not wait for the end state' };

/** Commands that run services and stop them. */
export const RUNNING: readonly CommandSpec[] = [
  {
    name: 'up',
    group: 'run',
    summary: 'Start everything in order and keep it running',
    description: [
      'In the foreground, up shows what the services write and what happens to them. Ctrl-C stops everything in order; a second Ctrl-C stops it at once. Services do not depend on this view: should it be killed, they run on, and mainstay down stops them.',
      'When a daemon already runs for the project, up applies the file and shows the same view; Ctrl-C then only ends the view.',
      'With --observe, mainstay stands beside what runs the services already: containers, units and checks are watched, incidents and alerts told, and nothing is touched, by no command either. What has a command does not run here. The mode lasts until mainstay down.',
      'The daemon gets little of the environment of the shell: what the file needs belongs in the file, in an env_file or in .env. A variable found only in the shell is used, with a warning.',
    ],
    arguments: [SERVICES],
    options: [
      { name: 'detach', short: 'd', summary: 'Wait until everything is ready or has failed, then return' },
      { name: 'dev', summary: 'Use the environment "development" if there is one, and restart on saved changes' },
      {
        name: 'observe',
        summary: 'Look on only: see and tell everything, touch nothing',
      },
      { name: 'timeout', value: 'DURATION', summary: 'How long to wait with -d (default: for ever)' },
      { name: 'dry-run', summary: 'Show what would start, in order, and start nothing' },
    ],
    examples: [
      { line: 'mainstay up', what: 'Start everything and watch it' },
      {
        line: 'mainstay up -d --timeout 2m',
        what: 'Start everything in the background; fail if it is not ready in time',
      },
      { line: 'mainstay up --dev', what: 'Work on it: restart what you save' },
    ],
    see: ['down', 'status', 'plan'],
    load: () => import('../up/index.ts'),
  },
  {
    name: 'down',
    group: 'run',
    summary: 'Stop everything in order, and the daemon',
    arguments: [],
    options: [{ name: 'now', summary: 'Kill everything at once instead' }],
    examples: [{ line: 'mainstay down', what: 'Stop what up started' }],
    see: ['up', 'stop'],
    load: () => import('../run/down.ts'),
  },
  {
    name: 'start',
    group: 'run',
    summary: 'Start services, and what they depend on',
    arguments: [SERVICES],
    options: [ALL, NO_WAIT],
    examples: [{ line: 'mainstay start backend', what: 'Start one service' }],
    see: ['stop', 'restart'],
    load: () => import('../run/start.ts'),
  },
  {
    name: 'stop',
    group: 'run',
    summary: 'Stop services and keep them stopped',
    arguments: [SERVICES],
    options: [ALL, NO_WAIT, { name: 'now', summary: 'Kill at once, without the grace period' }],
    examples: [
      { line: 'mainstay stop backend', what: 'Stop one service, until mainstay start backend' },
      { line: 'mainstay stop --all', what: 'Stop every service; the daemon runs on' },
    ],
    see: ['start', 'down'],
    load: () => import('../run/stop.ts'),
  },
  {
    name: 'restart',
    group: 'run',
    summary: 'Stop services and start them again',
    arguments: [{ ...SERVICES, summary: 'Name of a service, or of one instance: backend, backend/1' }],
    options: [ALL, NO_WAIT],
    examples: [
      { line: 'mainstay restart backend worker', what: 'Restart two services' },
      { line: 'mainstay restart backend/1', what: 'Restart one of several instances' },
    ],
    see: ['start', 'reload', 'apply'],
    load: () => import('../run/restart.ts'),
  },
  {
    name: 'reload',
    group: 'run',
    summary: 'Go over to what the file says now, one instance after another',
    description: [
      'Each instance is stopped with its grace period, started, and must get ready (and healthy, where there is a healthcheck) before the next one is touched. When one does not, it and those before it go back to the old plan, one by one; reload then says why and exits 1.',
      'With an unchanged file, reload is a rolling restart; a failure stops it and leaves the rest running. A service with one instance is down until its new one is ready.',
      'Services go one after another, in the order of their dependencies. Only the named services are changed; what else is new in the file waits for mainstay apply.',
    ],
    arguments: [SERVICES],
    options: [{ ...ALL, summary: 'Every service that is not a task' }, NO_WAIT],
    examples: [
      { line: 'mainstay reload web', what: 'A new version of web, without a gap when it has several instances' },
      { line: 'mainstay reload --all --no-wait', what: 'Everything, one after another; look with mainstay status' },
    ],
    see: ['restart', 'apply', 'plan'],
    load: () => import('../run/reload.ts'),
  },
];
