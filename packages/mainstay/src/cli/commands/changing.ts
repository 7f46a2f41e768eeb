import type { CommandSpec } from '../framework/index.ts';
import { SERVICES } from './running.ts';

/** Commands that read mainstay.yaml or change how the running system is treated. */
export const CHANGING: readonly CommandSpec[] = [
  {
    name: 'plan',
    group: 'change',
    summary: 'Show what apply would do, field by field',
    description: [
      'For each changed field: live (takes effect while the service runs), signal (the service is told by a signal) or restart.',
    ],
    arguments: [],
    options: [],
    examples: [
      { line: 'mainstay plan', what: 'What would change?' },
      { line: 'mainstay plan --env production', what: 'The same for another environment of the file' },
    ],
    see: ['apply', 'config'],
    load: () => import('../run/plan.ts'),
  },
  {
    name: 'apply',
    group: 'change',
    summary: 'Make the running system what mainstay.yaml says; touch only what changed',
    arguments: [],
    options: [
      { name: 'dry-run', summary: 'Only show it, like mainstay plan' },
      { name: 'at-once', summary: 'Restart all instances of a service at once, not one by one' },
      {
        name: 'no-wait',
        summary: 'Do not wait until everything is ready',
      },
    ],
    description: [
      'A changed service with several instances is reloaded first, one instance after another; that is waited for. When the new version does not stand, the old one comes back and nothing else is changed.',
    ],
    examples: [
      { line: 'mainstay apply', what: 'After a change of the file' },
      { line: 'mainstay apply --at-once', what: 'Where all instances must change together' },
    ],
    see: ['plan', 'reload', 'restart'],
    load: () => import('../apply/index.ts'),
  },
  {
    name: 'maintenance',
    group: 'change',
    summary: 'Leave services alone for a while: nothing is restarted meanwhile',
    description: [
      'Maintenance ends by itself. It belongs to somebody and has a reason, which status and list show.',
      'off ends the windows that are named by their id, or that are of nothing but the named services; without names it ends all.',
    ],
    arguments: [
      {
        name: 'ACTION',
        summary: 'on, off or list (default: list)',
        required: false,
        many: false,
        completes: ['on', 'off', 'list'],
      },
      { ...SERVICES, summary: 'Which services; none: everything' },
    ],
    options: [
      { name: 'for', value: 'DURATION', summary: 'How long, for example 90m (default: 1h)' },
      { name: 'reason', value: 'TEXT', summary: 'Why; needed for on' },
      { name: 'owner', value: 'NAME', summary: 'Whose it is (default: $SUDO_USER, $USER or who you are)' },
    ],
    examples: [
      { line: 'mainstay maintenance on backend --for 30m --reason "new disk"', what: 'Half an hour for one service' },
      { line: 'mainstay maintenance off', what: 'Everything is looked after again' },
    ],
    see: ['status'],
    load: () => import('../run/maintenance.ts'),
  },
  {
    name: 'heartbeat',
    group: 'change',
    summary: 'Report that a job was done, or do it and report how it went',
    description: [
      'A check of kind heartbeat waits for it. With a COMMAND, its start and its end are reported, and its exit code is passed on; it is run whether the daemon can be reached or not.',
      'Jobs that cannot run this command report by an address of their own, which --url prints (GET or POST; with /start, /fail or an exit code after it). It holds a secret.',
    ],
    arguments: [
      { name: 'NAME', summary: 'Of the check', required: true, many: false },
      { name: 'COMMAND', summary: 'After --: the job, and its arguments', required: false, many: true },
    ],
    options: [
      { name: 'start', summary: 'The job begins' },
      { name: 'fail', summary: 'It failed' },
      { name: 'message', value: 'TEXT', summary: 'What it has to say' },
      { name: 'url', summary: 'Print the address by which others report' },
    ],
    examples: [
      { line: 'mainstay heartbeat nightly -- ./nightly.sh', what: 'Run a job; exit code and duration are reported' },
      { line: 'mainstay heartbeat nightly --fail', what: 'It did not work' },
      { line: 'curl -fsS "$(mainstay heartbeat nightly --url)"', what: 'The same from elsewhere' },
    ],
    see: ['check', 'explain'],
    load: () => import('../heartbeat/index.ts'),
  },
  {
    name: 'alerts',
    group: 'change',
    summary: 'Show who is being told of what, acknowledge an alert, try the notifiers',
    description: [
      'list shows the alerts that are open, the messages that wait to be delivered, and the notifiers that fail.',
      'ack says that you take care of an alert: no reminders, and nobody else is told for want of an answer. Its recovery is told all the same.',
      'test sends two messages that are marked as a test, an alert and its recovery, as an alert would be sent: the same notifiers, variables and deadlines. It needs no daemon. The exit code is 0 when all were delivered.',
    ],
    arguments: [
      {
        name: 'ACTION',
        summary: 'list, ack or test (default: list)',
        required: false,
        many: false,
        completes: ['list', 'ack', 'test'],
      },
      { name: 'NAME', summary: 'ack: ids of alerts; test: notifiers (none: all)', required: false, many: true },
    ],
    options: [
      {
        name: 'owner',
        value: 'NAME',
        summary: 'ack: who takes care of it (default: $SUDO_USER, $USER or who you are)',
      },
      { name: 'service', value: 'NAME', summary: 'test: as if it were about this service, with its owner and runbook' },
      { name: 'dry-run', summary: 'test: only show what would be sent' },
    ],
    examples: [
      { line: 'mainstay alerts', what: 'What is wrong, and who was told?' },
      { line: 'mainstay alerts ack 142', what: 'I take care of it' },
      { line: 'mainstay alerts test', what: 'Does everybody hear of it?' },
      { line: 'mainstay alerts test ops --dry-run', what: 'What would be sent to ops?' },
    ],
    see: ['status', 'config'],
    load: () => import('../alerts/index.ts'),
  },
  {
    name: 'upgrade',
    group: 'change',
    summary: 'Let this version of mainstay take the place of the one that runs',
    description: [
      'Install the new version, then run its upgrade. Services run on, and no line of their logs is lost. If the new daemon ends, refuses or does not answer in time, the old version runs again.',
    ],
    arguments: [],
    options: [
      { name: 'to', value: 'PATH', summary: 'Another installation: its folder, prefix, or bin/mainstay.cjs' },
      { name: 'timeout', value: 'DURATION', summary: 'How long the new daemon may take (default: 30s)' },
      { name: 'dry-run', summary: 'Only show versions, store and what runs' },
      { name: 'force', summary: 'Also when this version runs already' },
    ],
    examples: [
      { line: 'mainstay upgrade', what: 'After npm install -g of a new version' },
      { line: 'mainstay upgrade --dry-run', what: 'What would happen?' },
    ],
    see: ['version', 'status'],
    load: () => import('../upgrade/index.ts'),
  },
];
