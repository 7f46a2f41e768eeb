import type { Identity } from '@mainstay/protocol';

/**
 * The guardian: a loop that runs the daemon again after any end but a deliberate one (exit code 0)
 * or a refusal (3). Constant text; its arguments are `node`, the entry, the state directory, pid and start time of a
 * daemon that has lost its guardian (empty: none runs), and more options for the daemon. Standard output and error are `<state>/logs/guardian.log`.
 *
 * - A daemon of another guardian is no child to wait for: it is looked at. A deliberate end removes its daemon.json.
 * - A daemon that lived for 2 s is started again at once; others after 0.1 s, doubled up to 5 s.
 * - SIGTERM and SIGINT are passed on, and end the loop once the daemon has ended; SIGHUP is passed on.
 * - `wait` also returns when a signal arrives, so it is repeated until it returned undisturbed.
 * - What is written is written by another process, so that a disk that takes nothing keeps no daemon away.
 * - The log is emptied into `guardian.log.1` beyond 4 MiB; its descriptor appends, so that is safe.
 *
 * Arguments, exit codes and daemon.json are what versions agree on: a guardian runs daemons of other versions, too.
 */

/**
 * Signals, the clock and the processes that are looked at. `uptime`: seconds since the machine started, which no step of
 * the clock moves, without another process. `same PID START`: that very process lives.
 */
const SIGNALS = `
log=$state/logs/guardian.log
child= ending= disturbed= pause=1
trap 'ending=1; disturbed=1; test -n "$child" && kill -TERM "$child" 2>/dev/null' TERM INT
trap 'disturbed=1; test -n "$child" && kill -HUP "$child" 2>/dev/null' HUP
uptime() {
  read -r up rest </proc/uptime
  up=\${up%%.*}
}
same() {
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  wanted=$2
  set -- \${stat##*) }
  test "$1" != Z && test "$1" != X && test "\${20}" = "$wanted"
}
`;

/**
 * Room for young objects, MB: a quarter of it or so is what a busy daemon needs. V8 would take thirty times as much after an hour
 * of load, and never give it back (measured by the campaign `soak`: 265 instead of 155 MB of memory).
 */
const YOUNG_OBJECTS = '--max-semi-space-size=1';

/** Compiled for speed is only a daemon that probes much: it decides that itself (`entry/daemon/compilers.ts`). */
const NO_COMPILERS = '--no-opt --no-maglev';
/** No collection of garbage just because nothing happens: one costs a quiet daemon as much as an hour of being quiet. */
const NO_IDLE_COLLECTION = '--no-memory-reducer';
const NODE_OPTIONS = `${YOUNG_OBJECTS} ${NO_COMPILERS} ${NO_IDLE_COLLECTION}`;

/** Runs the daemon, beginning with `child` when that is set. */
const LOOP = `
while test -z "$ending" || test -n "$child"; do
  uptime
  began=$up
  if test -z "$child"; then
    "$node" ${NODE_OPTIONS} "$entry" --state-dir "$state" "$@" </dev/null &
    child=$!
    test -n "$ending" && kill -TERM "$child" 2>/dev/null
  fi
  while :; do
    disturbed=
    wait "$child"
    code=$?
    test -z "$disturbed" && break
    kill -0 "$child" 2>/dev/null || break
  done
  child=
  test "$code" -eq 3 && exit 3
  if test "$code" -eq 0 || test -n "$ending"; then
    rm -f "$state/guardian.json"
    exit "$code"
  fi
  uptime
  test $((up - began)) -ge 2 && pause=0
  echo "guardian: the daemon ended with $code; again in $((pause / 10)).$((pause % 10)) s" &
  if test "$pause" -gt 0; then
    sleep "$((pause / 10)).$((pause % 10))" &
    nap=$!
    wait "$nap"
    kill "$nap" 2>/dev/null
  fi
  pause=$((pause * 2 + (pause == 0)))
  test "$pause" -gt 50 && pause=50
  {
    size=$(wc -c <"$log" 2>/dev/null) || size=0
    test "$size" -gt 4194304 && cp "$log" "$log.1" 2>/dev/null && : 2>/dev/null >"$log"
  } &
done
rm -f "$state/guardian.json"
`;

const GUARDIAN_SCRIPT = `
node=$1 entry=$2 state=$3 orphan=$4 born=$5
shift 5
${SIGNALS}
if test -n "$orphan"; then
  child=$orphan
  while same "$orphan" "$born"; do sleep 0.5; done
  test -e "$state/daemon.json" || ending=1
  child=
fi
${LOOP}`;

/** Exit code of a daemon that refuses to run: another one holds the lock, or the store is newer. */
export const REFUSED_EXIT = 3;

/** Looks of the upgrade at its new daemon in a second. */
export const LOOKS_PER_SECOND = 10;

/**
 * The guardian that begins by taking the place of another one, with a new version of the daemon. It needs nobody: whoever
 * started it may end. Its arguments are `node`, the new entry, the state directory, pid and start time of the old guardian
 * and of the old daemon (empty: there is none), how many looks the new daemon may take to prove itself, the copy of the
 * store that the new daemon makes before it changes its format, `--dev` or nothing, and the command that brings the old
 * version back: a guardian. How it went is told in `run/upgrade`.
 *
 * - guardian.json names it before the old guardian is killed, so that there is always one to be found.
 * - What the old guardian had started is in its session. It is killed, the way that loses nothing, when it is gone: then
 *   nothing is started any more.
 * - The new daemon proves itself by writing its pid into `run/proved`. If it does not, it is killed, the copy of the store
 *   is put in place, log first (it belongs to the other file), and the old version's guardian takes this process over.
 * - A new daemon that ends in order has removed daemon.json: `mainstay down` came in between.
 */
export const UPGRADE_SCRIPT = `
node=$1 entry=$2 state=$3 guardian=$4 guardian_born=$5 daemon=$6 daemon_born=$7 looks=$8 kept=$9
shift 9
dev=$1
shift
outcome=$state/run/upgrade
umask 077
${SIGNALS}
tell() {
  echo "guardian: upgrade: $1"
  { echo "$1" >"$outcome.new" && mv -f "$outcome.new" "$outcome"; } 2>/dev/null
}
own_start() {
  read -r stat <"/proc/$$/stat"
  set -- \${stat##*) }
  born=\${20}
}
gone() {
  tries=300
  while same "$1" "$2" && test "$tries" -gt 0; do
    kill -KILL "$1" 2>/dev/null
    sleep 0.05
    tries=$((tries - 1))
  done
}
of_session() {
  for path in /proc/[0-9]*; do
    { read -r stat <"$path/stat"; } 2>/dev/null || continue
    leader=$1
    set -- "$leader" \${stat##*) }
    test "$5" = "$leader" && test "$2" != Z && gone "\${path#/proc/}" "\${21}"
    set -- "$leader"
  done
}
runs() {
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  case \${stat##*) } in [ZX]*) return 1 ;; esac
}
own_start
if ! { printf '{"pid":%s,"startTime":"%s"}\\n' "$$" "$born" >"$state/guardian.json.new" &&
  mv -f "$state/guardian.json.new" "$state/guardian.json"; }; then
  tell 'not begun: guardian.json cannot be written'
  exit 1
fi
if test -n "$guardian"; then
  gone "$guardian" "$guardian_born"
  of_session "$guardian"
fi
test -n "$daemon" && gone "$daemon" "$daemon_born"
rm -f "$kept" "$state/run/proved"
why=
if test -z "$ending"; then
  "$node" ${NODE_OPTIONS} "$entry" --state-dir "$state" --trial $dev </dev/null &
  child=$!
  test -n "$ending" && kill -TERM "$child" 2>/dev/null
fi
while test -z "$ending"; do
  { read -r proved <"$state/run/proved"; } 2>/dev/null && test "$proved" = "$child" && break
  if runs "$child"; then
    looks=$((looks - 1))
    test "$looks" -gt 0 || why='it did not prove itself in time'
  else
    wait "$child"
    code=$?
    if test "$code" -eq 0 && ! test -e "$state/daemon.json"; then
      rm -f "$state/guardian.json"
      exit 0
    fi
    why="it ended with $code"
  fi
  test -n "$why" && break
  sleep 0.1
done
if test -n "$why"; then
  kill -KILL "$child" 2>/dev/null
  wait "$child" 2>/dev/null
  child=
  if test -e "$kept"; then
    rm -f "$state/mainstay.db-wal" "$state/mainstay.db-shm"
    mv -f "$kept" "$state/mainstay.db"
  fi
  tell "rolled back: $why"
  test -z "$ending" && exec "$@"
fi
test -z "$ending" && tell 'done'
set -- $dev
${LOOP}`;

/** What a guardian runs. */
export interface Guarded {
  node: string;
  entry: string;
  stateDir: string;
  dev: boolean;
}

/** The command of a guardian. @param orphan the daemon that runs already; null: none */
export function guardianCommand(
  what: Guarded,
  orphan: Pick<Identity, 'pid' | 'startTime'> | null,
): [string, ...string[]] {
  const known = orphan === null ? ['', ''] : [String(orphan.pid), orphan.startTime];
  const options = what.dev ? ['--dev'] : [];
  return [
    '/bin/sh',
    '-c',
    GUARDIAN_SCRIPT,
    'mainstay-guardian',
    what.node,
    what.entry,
    what.stateDir,
    ...known,
    ...options,
  ];
}
