type Reason = [why: string, instead: string];

const LIMIT: Reason = [
  'mainstay limits memory, processors and processes only',
  'put the limit on the unit that starts mainstay',
];
const SANDBOX: Reason = [
  'mainstay does not confine programs',
  'put it on the unit that starts mainstay, or give the service a user of its own',
];
const FOLDER: Reason = ['mainstay creates no folders for services', 'create it once, owned by the user of the service'];
const CONDITION: Reason = ['a service is started without conditions', 'leave the service out where it is not wanted'];
const OUTPUT: Reason = ['mainstay keeps the output in its own files', 'read it with "mainstay logs"'];
const SCHEDULING: Reason = ['mainstay does not change scheduling', 'start the command with nice, ionice or taskset'];

const PATTERNS: [RegExp, Reason][] = [
  [
    /^(?:Memory|CPU(?:Quota|Weight|Shares|Accounting)|StartupCPU|StartupMemory|Tasks|IO(?:Weight|Read|Write|Device|Accounting)|BlockIO|Allowed|ManagedOOM)/,
    LIMIT,
  ],
  [/^(?:Slice|Delegate|OOM)/, LIMIT],
  [/^(?:Runtime|State|Cache|Logs|Configuration)Directory/, FOLDER],
  [/^(?:Condition|Assert)/, CONDITION],
  [/^(?:Standard(?:Output|Error)|Syslog|Log(?:Level|Extra|Rate|Filter|Namespace))/, OUTPUT],
  [/^(?:Nice|CPUScheduling|CPUAffinity|IOScheduling|NUMA|TimerSlack)/, SCHEDULING],
  [
    /^(?:Protect|Private|Restrict|System[Cc]all|Capabilit|Ambient|Secure|NoNew|Lock|Read(?:Write|Only)|Inaccessible|Exec(?:Paths)|NoExec|Bind|Root|Mount|Temporary|Device|IPAddress|Socket(?:Bind)|RemoveIPC|Keyring|SELinux|AppArmor|Smack|Proc|Dynamic|Personality|UMask|Ignore|Device)/,
    SANDBOX,
  ],
];

const KEYS: Record<string, Reason> = {
  ExecReload: ['a service is told of changes by a restart', 'use "mainstay restart SERVICE"'],
  ExecStop: ['a service is stopped by its stop signal', 'write the signal that it wants in stop_signal'],
  ExecStopPost: ['mainstay runs nothing after a stop', 'let the program tidy up itself, or at its next start'],
  ExecStartPost: [
    'mainstay runs commands only as services and tasks',
    'write it as a task that depends on the service',
  ],
  ExecCondition: CONDITION,
  StandardInput: ['a service has no input', 'nothing'],
  Sockets: ['mainstay opens no sockets for programs', 'let the program open its own'],
  FileDescriptorStoreMax: ['mainstay keeps no descriptors for programs', 'nothing'],
  LoadCredential: [
    'mainstay has no credentials',
    'put the value into .env (mode 0600), or let the program read a file',
  ],
  SetCredential: ['mainstay has no credentials', 'put the value into .env (mode 0600), or let the program read a file'],
  SupplementaryGroups: ['a service has the groups of its user', 'add the user to the groups'],
  UnsetEnvironment: ['a program gets only what environment and env_file name', 'nothing'],
  RuntimeMaxSec: ['a service may run for ever', 'write schedule.restart for a planned restart'],
  RestartForceExitStatus: ['exit codes cannot force a restart', 'write restart: always'],
  FinalKillSignal: ['what does not stop is killed with SIGKILL', 'nothing'],
  RestartKillSignal: ['a restart uses the stop signal', 'nothing'],
  SendSIGHUP: ['only the stop signal is sent', 'nothing'],
  SendSIGKILL: ['what does not stop is killed in the end', 'nothing'],
  PAMName: ['mainstay opens no sessions', 'nothing'],
  TTYPath: ['a service has no terminal', 'nothing'],
  BusName: ['mainstay does not watch the bus', 'use ready: { log: "…" } with a line that the program prints'],
  OnFailure: ['this version of mainstay sends no alerts', 'let a monitor read "mainstay status --json"'],
  OnSuccess: ['mainstay starts nothing when a service ends', 'write a task that depends on it'],
  Conflicts: ['services do not exclude each other', 'stop one before starting the other'],
  Alias: ['a service has one name', 'use it'],
  Also: ['every service in mainstay.yaml is started', 'nothing'],
  RequiredBy: ['every service in mainstay.yaml is started', 'add the name to depends_on of the other service'],
  Upholds: ['a service that fails comes back by its own restart', 'nothing'],
  JoinsNamespaceOf: SANDBOX,
  PropagatesReloadTo: ['a service is told of changes by a restart', 'use depends_on with restart: true'],
  ReloadPropagatedFrom: ['a service is told of changes by a restart', 'use depends_on with restart: true'],
};

/** Read elsewhere, or without any meaning for a program. */
const SILENT = new Set(
  'Type ExecStart ExecStartPre Description Documentation RemainAfterExit GuessMainPID PIDFile NotifyAccess WantedBy DefaultInstance SourcePath DefaultDependencies After Before Requires Wants BindsTo PartOf Requisite IgnoreOnIsolate StopWhenUnneeded RefuseManualStart RefuseManualStop CollectMode TimeoutAbortSec TimeoutStartFailureMode TimeoutStopFailureMode ExitType RequiresMountsFor WantsMountsFor StartLimitAction FailureAction SuccessAction'.split(
    ' ',
  ),
);

/** Why a setting is not carried over, and what to do; null when nothing is lost with it. */
export function systemdUnsupported(key: string, value: string): Reason | null {
  if (SILENT.has(key) || value === '' || key.startsWith('X-')) return null;
  if (/^Standard(?:Output|Error)$/.test(key) && /^(?:journal|inherit|journal\+console|syslog)$/.test(value))
    return null;
  const known = KEYS[key];
  if (known) return known;
  return (
    PATTERNS.find(([pattern]) => pattern.test(key))?.[1] ?? [
      'mainstay.yaml has no such key',
      'look whether the program needs it',
    ]
  );
}
