import { z } from 'zod';
import {
  PORT_PATTERN,
  parseCommand,
  parseCron,
  parsePattern,
  parsePort,
  parseSignal,
  parseUmask,
  quoted,
  refuse,
} from '../values/index.ts';
import { choice, duration, field, forms, mapping, number, percent, size, text, yesNo } from './field.ts';
import { type CheckKinds, healthcheckSchema } from './healthcheck.ts';
import { objectiveSchema } from './objective.ts';

const LIMITS = [
  'as',
  'core',
  'cpu',
  'data',
  'fsize',
  'locks',
  'memlock',
  'nofile',
  'nproc',
  'rss',
  'rtprio',
  'stack',
] as const;
const CONDITIONS = ['service_started', 'service_healthy', 'service_completed_successfully'] as const;

const exitCodes = (description: string) =>
  z.array(number('An exit code.', 0, 255)).meta({ description, 'x-form': 'list of exit codes' });

/** Not an option, not a pattern. */
const UNIT = /^[^-\s*?[\]][^\s*?[\]]*$/;
const unitName = (description: string) =>
  field(description, { 'x-form': 'text', type: 'string', pattern: UNIT.source }, (raw) =>
    typeof raw === 'string' && UNIT.test(raw)
      ? { value: raw }
      : refuse(`must be the name of one unit, not ${quoted(raw)}`),
  );

const command = field(
  'The program and its arguments. A line of text is split into arguments; no shell is used.',
  {
    'x-form': 'list, or text',
    anyOf: [{ type: 'string' }, { type: 'array', items: { type: ['string', 'number', 'boolean'] } }],
  },
  parseCommand,
);

const container = forms(
  'a name, or a mapping',
  'A container that Docker or podman runs, instead of `command`. It has to exist.',
  [
    mapping('container', 'A container.', {
      name: text('Name or id of the container.').optional(),
      socket: text(
        "Path of the engine's socket. Default: that of `DOCKER_HOST`, of Docker, or of podman, whichever is there.",
        'path',
      ).optional(),
    }),
    text('Name or id of the container.'),
  ],
);

const unit = forms('a name, or a mapping', 'A unit that systemd runs, instead of `command`. It has to exist.', [
  mapping('unit', 'A unit.', {
    name: unitName('Name of the unit.').optional(),
    user: yesNo('Of the systemd of the user that mainstay runs as, instead of that of the machine.').prefault(false),
  }),
  unitName('Name of the unit, such as `nginx.service`.'),
]);

const envFile = forms(
  'a path or a list of paths',
  'Files of `NAME=value` lines that the program receives; later ones win.',
  [text('A path.'), z.array(text('A path.'))],
);

/** A scalar of `environment`; null takes the variable over from outside. */
const variable = field(
  'Value of the variable.',
  { 'x-form': 'text', type: ['string', 'number', 'boolean', 'null'] },
  (raw) => (raw === null || typeof raw === 'string' ? { value: raw } : refuse(`must be text, not ${quoted(raw)}`)),
);

/** A list that makes sense has become a mapping before it is validated: here it is refused. */
const variableList = z
  .array(text('NAME=value, or NAME to take it over from outside.'))
  .superRefine((items, context) => {
    const names = items.map((item) => item.split('=', 1)[0]);
    for (const [index, name] of names.entries()) {
      if (names.indexOf(name) === index) continue;
      const message = `${JSON.stringify(name)} is given twice`;
      context.addIssue({ code: 'custom', message, path: [index], params: { hint: 'remove one of the two' } });
    }
  });

const environment = forms(
  'a mapping, or a list of NAME=value',
  'Variables that the program receives, besides those of `env_file`.',
  [z.record(z.string(), variable), variableList],
);

const limitValue = (description: string) =>
  field(
    description,
    { 'x-form': 'whole number or `unlimited`', anyOf: [{ type: 'integer', minimum: -1 }, { const: 'unlimited' }] },
    (raw) => {
      const value = raw === 'unlimited' ? -1 : typeof raw === 'string' && /^-?\d+$/.test(raw) ? Number(raw) : raw;
      if (typeof value === 'number' && Number.isSafeInteger(value) && value >= -1) return { value };
      return refuse(`must be a whole number or unlimited, not ${quoted(raw)}`);
    },
  );

const limit = (name: string) =>
  forms('a number, or soft and hard', `Limit \`${name}\` of the program (see getrlimit(2)).`, [
    mapping('a limit', 'Soft and hard limit.', {
      soft: limitValue('Soft limit.').optional(),
      hard: limitValue('Hard limit.').optional(),
    }),
    limitValue('Both limits.'),
  ]).optional();

const resources = mapping('resources', 'What all processes of an instance together may use.', {
  memory: size(
    'Beyond this the kernel ends a process of it. Where no control group can be used, mainstay watches the memory.',
  ).optional(),
  memory_reservation: size('What it keeps when the machine is short of memory.').optional(),
  cpus: number('Processors: `0.5` is half of the time of one.', 0.01, 10_000, 'any').optional(),
  pids: number('Processes and threads.', 1, 4_194_304).optional(),
});

const dependency = mapping('depends_on', 'What to wait for.', {
  condition: choice('What has to be true of the other before this one starts.', CONDITIONS).prefault('service_started'),
  restart: yesNo('Restart this one when the other was restarted on purpose.').prefault(false),
  required: yesNo('Whether to wait on when the other has given up.').prefault(true),
});

const ready = forms(
  'start, notify, healthcheck, or a mapping',
  'When the service counts as ready. Default: by its healthcheck if it has one, else as soon as it runs.',
  [
    mapping('ready', 'One of `notify`, `log`, `healthcheck`, `start`.', {
      notify: yesNo('The program says READY=1.').optional(),
      log: field(
        'A line that matches this regular expression appears.',
        { 'x-form': 'regular expression', type: 'string', format: 'regex' },
        parsePattern,
      ).optional(),
      healthcheck: yesNo('The healthcheck passes.').optional(),
      start: yesNo('As soon as it runs.').optional(),
      timeout: duration(
        "A service that is not ready by then has failed to start. Default: 60s, after the healthcheck's `start_period`.",
      ).optional(),
    }),
    choice('Short form.', ['start', 'notify', 'healthcheck']),
  ],
);

const restartPolicy = mapping('restart_policy', 'How restarts are paced, and when to give up.', {
  delay: duration('Before the first restart.').prefault('500ms'),
  factor: number('Each further delay is this many times longer.', 1, 100, 'any').prefault(2),
  max_delay: duration('No delay is longer.').prefault('30s'),
  jitter: percent('Share of a delay that is random, so that services do not restart in step.').prefault('10%'),
  max_attempts: number('Restarts allowed within `window`; then `cooldown`.', 1, 100_000).prefault(10),
  window: duration('Time in which restarts are counted.').prefault('10m'),
  reset_after: duration('Uptime after which delays start again from `delay`.').prefault('1m'),
  cooldown: forms(
    'a duration or never',
    'After giving up: time between two single attempts; `never` waits for a person.',
    [duration('Time between two attempts.'), choice('No attempt.', ['never'])],
  ).prefault('5m'),
  success_exit_codes: exitCodes('Exit codes that count as success, besides 0.').prefault([]),
  fatal_exit_codes: exitCodes('Exit codes after which no restart can help.').prefault([]),
});

const logging = mapping('logging', 'What is kept of what the service writes.', {
  max_size: size('A log file is rotated at this size.').prefault('10m'),
  max_files: number('Files that are kept, the current one included.', 1, 1000).prefault(5),
  max_age: duration('Rotated files older than this are removed.').prefault('30d'),
  split: yesNo('Standard output and standard error into two files.').prefault(false),
  when_full: choice('When writing cannot keep up: let the program wait, or drop lines and count them.', [
    'block',
    'drop',
  ]).prefault('block'),
  max_line: size('Longer lines are cut into pieces of this size.').prefault('256k'),
});

const watch = mapping('develop.watch', 'A file or directory to watch.', {
  path: text('What to watch.', 'path').optional(),
  action: choice('What to do when it changes.', ['restart']).prefault('restart'),
  ignore: z
    .array(text('A pattern.'))
    .meta({ description: 'Glob patterns below `path` to ignore.', 'x-form': 'list of patterns' })
    .prefault([]),
});

const built = new WeakMap<CheckKinds, ReturnType<typeof buildService>>();

/** The schema of a service; built once for each set of kinds, because it is large. */
export function serviceSchema(kinds: CheckKinds): ReturnType<typeof buildService> {
  const schema = built.get(kinds) ?? buildService(kinds);
  built.set(kinds, schema);
  return schema;
}

function buildService(kinds: CheckKinds) {
  return mapping('a service', 'A program that mainstay runs, or one that Docker, podman or systemd runs.', {
    type: choice('`service` runs for ever, `task` runs to completion.', ['service', 'task']).prefault('service'),
    command: command.optional(),
    container: container.optional(),
    unit: unit.optional(),
    working_dir: text('Directory the program starts in. Default: that of mainstay.yaml.', 'path').optional(),
    env_file: envFile.optional(),
    environment: environment.optional(),
    user: text('User to run as, by name or number; `user:group` sets both.').optional(),
    group: text('Group to run as. Default: that of the user.').optional(),
    umask: field(
      'Permissions that new files do not get, in octal.',
      { 'x-form': 'octal digits', type: ['string', 'integer'] },
      parseUmask,
    ).optional(),
    ulimits: mapping(
      'ulimits',
      'Resource limits.',
      Object.fromEntries(LIMITS.map((name) => [name, limit(name)])),
    ).optional(),
    resources: resources.prefault({}),
    instances: number('How many to run; `${INSTANCE}` is 0, 1 …', 1, 1000).prefault(1),
    ports: z
      .array(
        field(
          'A port.',
          {
            'x-form': 'port',
            anyOf: [
              { type: 'integer', minimum: 1, maximum: 65_535 },
              { type: 'string', pattern: PORT_PATTERN },
            ],
          },
          parsePort,
        ),
      )
      .meta({
        description:
          'Ports the program listens on: `5000`, `"127.0.0.1:5432"`, `"5000+"` for 5000 + `${INSTANCE}`, `"53/udp"`. Checked to be free before each start.',
      })
      .prefault([]),
    depends_on: forms('a list of services or a mapping', 'Services to start before this one.', [
      z.record(z.string(), dependency),
      z.array(text('A service.')),
    ]).optional(),
    ready: ready.optional(),
    healthcheck: healthcheckSchema(kinds).optional(),
    watchdog: duration('A service that does not say WATCHDOG=1 for this long hangs, and is restarted.').optional(),
    restart: choice('When to start it again. Default: `always`; `no` for a task.', [
      'no',
      'on-failure',
      'always',
      'unless-stopped',
    ]).optional(),
    restart_policy: restartPolicy.prefault({}),
    stop_signal: field(
      'Signal that asks the program to stop.',
      { 'x-form': 'signal', type: 'string' },
      parseSignal,
    ).prefault('SIGTERM'),
    stop_grace_period: duration('A program that has not stopped by then is killed.').prefault('10s'),
    kill_mode: choice(
      'Who gets the stop signal: every process of the service (`group`), or its main process; what is left after that is killed (`mixed`) or left alone (`process`).',
      ['group', 'mixed', 'process'],
    ).prefault('group'),
    logging: logging.prefault({}),
    develop: mapping('develop', 'For `up --dev`.', {
      watch: z.array(watch).meta({ description: 'Restart when files change.' }).prefault([]),
    }).prefault({}),
    schedule: mapping('schedule', 'What is done at certain times.', {
      restart: field(
        'Cron expression (local time) of a planned restart.',
        { 'x-form': 'cron expression', type: 'string' },
        parseCron,
      ).optional(),
    }).prefault({}),
    objective: objectiveSchema(
      'What you want of this service, where it is not what `objective` at the top says.',
    ).optional(),
    owner: text('Whose service it is: a name or an address, for alerts.').optional(),
    runbook: text('What a person should read when this service is in trouble: a path or an address.').optional(),
  });
}
