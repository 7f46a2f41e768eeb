import type { Notes } from '../notes.ts';
import type { Draft } from '../types.ts';

const LOCAL = '127.0.0.1';

/**
 * Inside compose's network a service is a host name; here everything listens on this machine. Rewrites
 * `//redis:6379`, `@db/`, `redis:6379` and `HOST=redis` in the environment, the command and the healthcheck.
 */
export function localHosts(draft: Draft, services: string[], notes: Notes): void {
  const environment = draft.keys.environment ?? {};
  for (const [key, value] of Object.entries(environment)) {
    const changed = rewrite(value, services, /(?:HOST|HOSTNAME|SERVER|ADDR|ADDRESS|BROKER)$/i.test(key));
    if (changed.value === value) continue;
    environment[key] = changed.value;
    notes.approximated(
      draft.places?.get(key) ?? draft.where,
      `environment ${key}`,
      `${changed.hosts.join(' and ')} is a host name of compose's network only; ${LOCAL} was written`,
      'check the port: it is the one on which the program itself listens',
    );
  }
  const command = draft.keys.command ?? [];
  for (const [index, word] of command.entries()) {
    const changed = rewrite(word, services, false);
    if (changed.value === word) continue;
    command[index] = changed.value;
    notes.approximated(
      draft.where,
      `command of ${draft.name}`,
      `${changed.hosts.join(' and ')} is a host name of compose's network only; ${LOCAL} was written`,
      'check the port: it is the one on which the program itself listens',
    );
  }
}

function rewrite(value: string, services: string[], whole: boolean): { value: string; hosts: string[] } {
  const hosts: string[] = [];
  let result = value;
  for (const name of services) {
    const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const inside = new RegExp(String.raw`(?<=//|@)${escaped}(?=[:/,?]|$)|(?<![\w./@-])${escaped}(?=:\d+(?:\D|$))`, 'g');
    const next = whole && result === name ? LOCAL : result.replace(inside, LOCAL);
    if (next !== result) hosts.push(name);
    result = next;
  }
  return { value: result, hosts };
}
