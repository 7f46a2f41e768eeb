import type { Found } from './look.ts';

/** What a directory without any known program gets: it runs everywhere. */
const EXAMPLE: Found = {
  service: 'hello',
  command: ['sh', '-c', 'while true; do date; sleep 10; done'],
  because: 'an example that runs everywhere: put your own program here',
  port: null,
};

/**
 * A commented mainstay.yaml around one program. Lines that begin with `#` and a key, without a space,
 * work as they stand once the `#` is taken away.
 */
export function starter(project: string, found: Found | null, hasEnvFile: boolean): string {
  const { service, command, because, port } = found ?? EXAMPLE;
  const listens = port ?? 8000;
  return `# What mainstay keeps running here.
# "mainstay config" checks this file, "mainstay up" starts everything in order, "mainstay status" shows it.
# A line with # directly before a key is switched off: take the # away to use it.

project: ${flowWord(project)}

services:
  ${service}:
    # A program and its arguments; no shell is involved. If one is needed: [sh, -c, "…; exec program"].
    # Taken from ${because}.
    command: [${command.map(flowWord).join(', ')}]
    #working_dir: .

    # Variables for the program. Keep secrets in .env (mode 0600) and write \${NAME} or \${NAME:-default} here.
    ${hasEnvFile ? '' : '#'}env_file: .env
    #environment: { LOG_LEVEL: info }

    # Ports that it listens on: one that somebody else holds is reported with the holder's name.
    #ports: [${listens}]

    # A check that fails "retries" times restarts the service (on_failure: restart, alert or none).
    #healthcheck: { http: "http://127.0.0.1:${listens}/", interval: 30s, timeout: 5s, retries: 3, start_period: 30s }

    # no, on-failure, always or unless-stopped. The delay between attempts doubles up to max_delay.
    restart: always
    #restart_policy: { delay: 500ms, max_delay: 30s, max_attempts: 10, window: 10m }

    # How it is stopped: the signal, and how long it may take before it is killed.
    #stop_signal: SIGTERM
    #stop_grace_period: 10s

    # Its output is kept in .mainstay/logs ("mainstay logs ${service}").
    #logging: { max_size: 10m, max_files: 5 }

  # A program that runs once, and a service that waits for it:
  #migrate:
    #type: task
    #command: [sh, -c, "echo migrating"]
  #worker:
    #command: [sh, -c, "exec sleep 3600"]
    #depends_on: { migrate: { condition: service_completed_successfully } }

# Watched from another machine by "mainstay monitor", which tells people when this one is silent:
#monitor: { watch: "http://127.0.0.1:7070", interval: 300s, checks: {} }

# Differences for development, chosen with "mainstay up --env development":
#environments: { development: { services: { ${service}: { environment: { LOG_LEVEL: debug } } } } }
`;
}

/** A word inside a flow list: plain when every YAML reader takes it for text, quoted otherwise. */
function flowWord(word: string): string {
  return /^[A-Za-z./_-][\w./-]*$/.test(word) && !/^(?:y|yes|n|no|on|off|true|false|null|-|\.)$/i.test(word)
    ? word
    : JSON.stringify(word);
}
