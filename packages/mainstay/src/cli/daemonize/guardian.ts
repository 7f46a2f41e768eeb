/**
 * The guardian: a loop that runs the daemon again after any end but a deliberate one (exit code 0)
 * or a refusal (3). Constant text; its arguments are `node`, the entry, the state directory, pid and start time of a
 * daemon that has lost its guardian (empty: none runs), and more options for the daemon. Standard output and error are `<state>/logs/guardian.log`.
 *
 * - A daemon of another guardian is no child to wait for: it is looked at. A deliberate end removes its daemon.json.
 * - A daemon that lived for 2 s is started again at once; others after 0.1 s, doubled up to 5 s.
 * - SIGTERM and SIGINT are passed on, and end the loop once the daemon has ended; SIGHUP is passed on.
 * - `wait` also returns when a signal arrives, so it is repeated until it returned undisturbed.
 * - The log is emptied into `guardian.log.1` beyond 4 MiB; its descriptor appends, so that is safe.
 */
export const GUARDIAN_SCRIPT = `
node=$1 entry=$2 state=$3 orphan=$4 born=$5
shift 5
log=$state/logs/guardian.log
child=$orphan ending= disturbed= pause=1
trap 'ending=1; disturbed=1; test -n "$child" && kill -TERM "$child" 2>/dev/null' TERM INT
trap 'disturbed=1; test -n "$child" && kill -HUP "$child" 2>/dev/null' HUP
orphan_lives() {
  { read -r stat <"/proc/$orphan/stat"; } 2>/dev/null || return 1
  set -- \${stat##*) }
  test "$1" != Z && test "\${20}" = "$born"
}
if test -n "$orphan"; then
  while orphan_lives; do sleep 0.5; done
  test -e "$state/daemon.json" || ending=1
  child=
fi
while test -z "$ending"; do
  began=$(date +%s)
  "$node" "$entry" --state-dir "$state" "$@" </dev/null &
  child=$!
  test -n "$ending" && kill -TERM "$child" 2>/dev/null
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
  test $(( $(date +%s) - began )) -ge 2 && pause=0
  echo "guardian: the daemon ended with $code; again in $((pause / 10)).$((pause % 10)) s"
  if test "$pause" -gt 0; then
    sleep "$((pause / 10)).$((pause % 10))" &
    nap=$!
    wait "$nap"
    kill "$nap" 2>/dev/null
  fi
  pause=$((pause * 2 + (pause == 0)))
  test "$pause" -gt 50 && pause=50
  size=$(wc -c <"$log" 2>/dev/null) || size=0
  test "$size" -gt 4194304 && cp "$log" "$log.1" 2>/dev/null && : 2>/dev/null >"$log"
done
rm -f "$state/guardian.json"
`;

/** Exit code of a daemon that refuses to run: another one holds the lock, or the store is newer. */
export const REFUSED_EXIT = 3;
