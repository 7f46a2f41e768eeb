/**
 * `up` as the first process of a container (PID 1). The kernel gives it every orphan, and it must wait for them, or they stay
 * as zombies; Node waits only for what it started itself. So the process becomes a small shell that starts `up` as its child.
 */

/**
 * - `wait` of a shell waits for all children of the process, also for those that it did not start.
 * - It also returns when a signal arrives, so it is repeated while `up` lives.
 * - The first process is immune to signals that it does not handle: SIGUSR1 and SIGUSR2, which would end `up`, end here.
 */
const INIT_SCRIPT = `
child= disturbed=
for name in TERM INT HUP QUIT; do
  trap "disturbed=1; test -n \\"\\$child\\" && kill -$name \\"\\$child\\" 2>/dev/null" "$name"
done
"$@" &
child=$!
while :; do
  disturbed=
  wait "$child"
  code=$?
  test -z "$disturbed" && exit "$code"
done
`;

/** Becomes the shell, which starts this very command again. Does not return. */
export function becomeInit(): void {
  const command = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  // Node says once that execve is new to it, which is nothing for a container's log.
  process.removeAllListeners('warning');
  process.execve?.('/bin/sh', ['sh', '-c', INIT_SCRIPT, 'mainstay-init', ...command], process.env);
}
