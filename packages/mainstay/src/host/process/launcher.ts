import type { InstancePipes } from '../../ports/index.ts';

/**
 * What runs between the daemon and a program, as `sh -c LAUNCHER NAME IDENTITY BOOT EXIT UMASK OUT ERR
 * NOTIFY [cgroup.procs …] -- PROGRAM …`; an empty word leaves a step out. POSIX sh (dash, bash, busybox),
 * and no external program on the way, so that a restart is as fast as an exec.
 *
 * It opens the program's pipes read-write (they then survive the daemon), closes what an operator's shell may
 * have left open, joins the control groups, leaves the identity of the process in a file, and becomes the
 * program. The line in that file ends in ` .`, so a torn one is recognised; a full disk stops no start, because
 * the cookie in the environment says the same.
 *
 * With EXIT it stays as a small parent that outlives the daemon. Caught signals (`trap :`) do not end it and
 * are, unlike ignored ones, not handed on to the program. Its own stderr is the record, because that is where
 * the shell says that a child was killed by a signal: `$?` alone does not distinguish SIGTERM from exit 143.
 */
const LAUNCHER = `# mainstay: starts and waits for a program
mainstay_id=$1 mainstay_boot=$2 mainstay_exit=$3 mainstay_umask=$4 mainstay_out=$5 mainstay_err=$6 mainstay_notify=$7
shift 7
exec 1<>"$mainstay_out" 2<>"$mainstay_err" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
while [ "$1" != -- ]; do echo 0 >"$1" || exit 125; shift; done
shift
mainstay_self() { read -r mainstay_stat </proc/self/stat; set -- $mainstay_stat; mainstay_self="$1 \${22}"; }
mainstay_start() {
  mainstay_self
  echo "$mainstay_boot $mainstay_self $mainstay_waiter ." >"$mainstay_id" || [ -z "$mainstay_exit" ] || exit 125
  [ -z "$mainstay_notify" ] || exec 3<>"$mainstay_notify"
  [ -z "$mainstay_umask" ] || umask "$mainstay_umask"
  exec "$@"
}
mainstay_waiter='0 0'
if [ -n "$mainstay_exit" ]; then
  mainstay_self
  mainstay_waiter=$mainstay_self
  trap : HUP INT QUIT ALRM TERM USR1 USR2
  exec 1>/dev/null 2>"$mainstay_exit"
  (exec 1<>"$mainstay_out" 2<>"$mainstay_err"; mainstay_start "$@")
  mainstay_code=$?
  echo "$mainstay_code ." >&2
  exit "$mainstay_code"
fi
mainstay_start "$@"`;

/** Settings of one launch; see LAUNCHER. */
export interface Launch {
  /** Shown in the shell's own messages: the service. */
  name: string;
  identityFile: string;
  bootId: string;
  /** Where the exit status is written down; null: the launcher becomes the program. */
  exitFile: string | null;
  umask: number | null;
  pipes: Pick<InstancePipes, 'out' | 'err'>;
  /** The notification FIFO, opened as descriptor 3; null: none. */
  notify: string | null;
  /** `cgroup.procs` files. */
  join: readonly string[];
  /** The program and what prepares it (limits, user). */
  command: readonly string[];
}

/** Descriptor of the notification FIFO in a program. */
export const NOTIFY_FD = 3;

/** Arguments of the shell. */
export function launcherArguments(launch: Launch): string[] {
  return [
    '-c',
    LAUNCHER,
    launch.name,
    launch.identityFile,
    launch.bootId,
    launch.exitFile ?? '',
    launch.umask === null ? '' : launch.umask.toString(8).padStart(4, '0'),
    launch.pipes.out,
    launch.pipes.err,
    launch.notify ?? '',
    ...launch.join,
    '--',
    ...launch.command,
  ];
}
