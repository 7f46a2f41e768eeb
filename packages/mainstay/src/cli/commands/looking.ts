import type { CommandSpec } from '../framework/index.ts';
import { SERVICES } from './running.ts';

/** Commands that only look. */
export const LOOKING: readonly CommandSpec[] = [
  {
    name: 'status',
    group: 'look',
    summary: 'Show the state of every service',
    description: ['The exit code is 0 when everything that is wanted is ready or completed, otherwise 1.'],
    arguments: [],
    options: [{ name: 'watch', short: 'w', summary: 'Show it again every second, until Ctrl-C' }],
    examples: [
      { line: 'mainstay status', what: 'One table' },
      { line: 'mainstay status --json', what: 'The same for programs' },
    ],
    see: ['explain', 'logs'],
    load: () => import('../run/status.ts'),
  },
  {
    name: 'logs',
    group: 'look',
    summary: 'Show what services wrote, merged by time',
    description: [
      'Works from the files, whether a daemon runs or not. On a terminal, JSON lines are shown as level, message and the rest; elsewhere every line comes out as it was written. Of several services, each line begins with the name; ! stands for standard error, | for standard output.',
      'mainstay, events, checks and guardian are the logs of mainstay itself; they are shown when they are named.',
    ],
    arguments: [{ ...SERVICES, summary: 'Name of a service, or of one instance: backend/1; none: all services' }],
    options: [
      { name: 'follow', short: 'f', summary: 'Go on with new lines, until Ctrl-C' },
      { name: 'lines', short: 'n', value: 'N', summary: 'How many of the newest, or all (default: 100)' },
      { name: 'timestamps', short: 't', summary: 'The time in front of every line' },
      { name: 'since', value: 'TIME', summary: 'Only what is newer: 10m, 2h, 3d, or 2026-01-31T14:00' },
      { name: 'grep', value: 'REGEX', summary: 'Only lines that match' },
      { name: 'stream', value: 'NAME', choices: ['out', 'err'], summary: 'Only standard output (out) or error (err)' },
    ],
    examples: [
      { line: 'mainstay logs -f backend worker', what: 'Follow two services' },
      { line: 'mainstay logs --since 10m --grep "timed? ?out"', what: 'Look for something in the last ten minutes' },
      {
        line: 'mainstay logs backend/1 -n all --stream err',
        what: 'Everything that one instance wrote to standard error',
      },
    ],
    see: ['events', 'explain'],
    load: () => import('../run/logs.ts'),
  },
  {
    name: 'check',
    group: 'look',
    summary: 'Run checks now, and answer like a monitoring plugin',
    description: [
      'The exit code is 0 (OK), 1 (WARNING), 2 (CRITICAL) or 3 (UNKNOWN, wrong usage, anything else that went wrong); of several checks the worst counts. One check answers with one line, as Nagios, Icinga and their like read it; several with a summary, a line for each, and their performance data.',
      'The daemon runs them, beside those that are due: it knows more, such as the processes of a service. Without a daemon this command runs them itself. One result confirms nothing: retries do not count here, and nothing is restarted.',
      'With --repair the daemon takes the steps of what fails, one after the other, until the check passes; a service that is wanted and was given up is started again. What an operator stopped, and what is in maintenance, is left alone.',
      'With a KIND and a TARGET neither a file nor a daemon is needed. ${NAME} in a target is a variable of the environment, so that a password does not stand in the list of processes.',
    ],
    arguments: [
      {
        name: 'NAME',
        summary: 'A check, a service or instance with a healthcheck, a kind, or all (default)',
        required: false,
        many: false,
        completes: 'checkable',
      },
      {
        name: 'TARGET',
        summary: 'What a check of kind NAME looks at, when it is in no file; of exec: a program and its arguments',
        required: false,
        many: true,
      },
    ],
    options: [
      {
        name: 'repair',
        summary:
          'Do now what the checks say (on_failure, on_warn), wait for the result, and answer 0 only if all is well',
      },
      { name: 'dry-run', summary: 'With --repair: only say what would be done' },
      { name: 'timeout', value: 'DURATION', summary: 'Of a TARGET: a run that takes longer has failed (default: 5s)' },
      { name: 'warn', value: 'LIMIT', summary: 'Of a TARGET: a warning beyond this, for example 80% or 2s' },
      { name: 'fail', value: 'LIMIT', summary: 'Of a TARGET: a failure beyond this' },
    ],
    examples: [
      { line: 'mainstay check', what: 'Everything' },
      { line: 'mainstay check redis --json', what: 'One check, or all of kind redis, for programs' },
      { line: 'mainstay check tcp 127.0.0.1:80 --timeout 2s', what: 'Something that is in no file' },
      {
        line: "mainstay check redis 'redis://:${PASSWORD}@127.0.0.1' --warn 100ms",
        what: 'The same with a secret from the environment, and a limit',
      },
      {
        line: 'mainstay check all --repair',
        what: 'From cron: repair what can be repaired, exit code 0 if all is well',
      },
      { line: 'mainstay check exec -- check_load -w 5 -c 10', what: 'A plugin of a monitoring system' },
    ],
    see: ['status', 'explain'],
    failsWith: 3,
    load: () => import('../run/check.ts'),
  },
  {
    name: 'explain',
    group: 'look',
    summary: 'Say why a service or a check is in the state it is in, and what to try',
    description: [
      'Without a daemon, explain shows what the state directory still tells: the newest events and lines of the service.',
    ],
    arguments: [
      { name: 'NAME', summary: 'A service, an instance or a check', required: true, many: false, completes: 'names' },
    ],
    options: [],
    examples: [
      { line: 'mainstay explain backend', what: 'Why does it not run?' },
      { line: 'mainstay explain site', what: 'Why does the check fail, and since when?' },
    ],
    see: ['status', 'check', 'logs', 'events'],
    load: () => import('../run/explain.ts'),
  },
  {
    name: 'incidents',
    group: 'look',
    summary: 'Show what went wrong, and what it took with it',
    description: [
      'There is one incident per root cause. Without a number, the newest incidents, the newest first; with one, everything about it. An incident lasts from the first failed observation to the first good one, and is closed when everything has been well for a minute.',
    ],
    arguments: [{ name: 'ID', summary: 'Number of an incident', required: false, many: false }],
    options: [
      { name: 'lines', short: 'n', value: 'N', summary: 'How many of the newest (default: 20)' },
      {
        name: 'since',
        value: 'TIME',
        summary: 'Only those not over by then: 2h, 30d, or 2026-01-31T14:00',
      },
      { name: 'open', summary: 'Only those that are not over' },
    ],
    examples: [
      { line: 'mainstay incidents', what: 'The newest' },
      { line: 'mainstay incidents 12', what: 'What happened, when, and what was done' },
      { line: 'mainstay incidents --since 30d --json', what: 'A month, for programs' },
    ],
    see: ['explain', 'events', 'status'],
    load: () => import('../run/incidents.ts'),
  },
  {
    name: 'events',
    group: 'look',
    summary: 'Show what happened: the journal',
    arguments: [],
    options: [
      { name: 'follow', short: 'f', summary: 'Go on with new events, until Ctrl-C' },
      { name: 'lines', short: 'n', value: 'N', summary: 'How many of the newest (default: 50)' },
    ],
    examples: [
      { line: 'mainstay events -n 20', what: 'The newest 20' },
      { line: 'mainstay events -f --json', what: 'Every event from now on, a JSON object a line' },
    ],
    see: ['explain', 'logs'],
    load: () => import('../run/events.ts'),
  },
  {
    name: 'report',
    group: 'look',
    summary: 'Tell uptime, failures and repairs from what was seen',
    description: [
      'Time that nobody observed is never called up: it is shown as coverage. The formulas are printed with the report.',
      'A running daemon is asked; without one, the store is read as it was left.',
    ],
    arguments: [{ ...SERVICES, summary: 'Name of a service or of a check; none: everything' }],
    options: [
      { name: 'since', value: 'TIME', summary: 'Where it begins: 7d, 12h, or 2026-01-31 (default: 30d)' },
      { name: 'until', value: 'TIME', summary: 'Where it ends (default: now)' },
      { name: 'objective', value: 'PERCENT', summary: 'Uptime that is wanted: shows the error budget' },
      {
        name: 'format',
        value: 'NAME',
        choices: ['text', 'markdown', 'html', 'json'],
        summary: 'text, markdown, html or json (default: as the file is called, else text)',
      },
      { name: 'output', short: 'o', value: 'FILE', summary: 'Write it to a file' },
    ],
    examples: [
      { line: 'mainstay report', what: 'The last 30 days' },
      {
        line: 'mainstay report backend --since 7d --objective 99.9%',
        what: 'One service, and what is left of its error budget',
      },
      {
        line: 'mainstay report --since 2026-01-01 --until 2026-02-01 -o january.html',
        what: 'A page to send to others',
      },
    ],
    see: ['status', 'events', 'maintenance'],
    load: () => import('../run/report.ts'),
  },
  {
    name: 'monitor',
    group: 'look',
    summary: 'Watch from outside: the daemon, what it runs, and what users reach',
    description: [
      'A process of its own, best on another machine, which tells people itself. It goes on in the foreground until it is ended: let systemd, a service of Windows or another mainstay run it. The file is monitor.yaml here, or the section monitor of mainstay.yaml.',
      '--test runs every check once, with the time of each phase, asks the other monitors, and shows what would be sent to whom. Its exit code is 0 (all well), 1 (a warning), 2 (a failure) or 3 (unknown). With --send the messages are sent, marked as a test.',
      'status shows what the monitor knows, from its store.',
    ],
    arguments: [
      { name: 'ACTION', summary: 'status; none: monitor', required: false, many: false, completes: ['status'] },
    ],
    options: [
      { name: 'check', summary: 'Only say whether the file is right' },
      { name: 'test', summary: 'Run everything once, and show who would be told what' },
      { name: 'send', summary: 'With --test: send it, marked as a test' },
    ],
    examples: [
      { line: 'mainstay monitor -f monitor.yaml', what: 'Watch until Ctrl-C' },
      { line: 'mainstay monitor --test', what: 'Does everything work, without waiting for a failure?' },
      { line: 'mainstay monitor --test --send', what: 'Does the message arrive?' },
      { line: 'mainstay monitor status --json', what: 'What it knows, for programs' },
    ],
    see: ['check', 'alerts'],
    load: () => import('../monitor/index.ts'),
  },
];
