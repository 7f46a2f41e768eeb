import { formatPort, parsePort } from '../values/index.ts';
import type { Notes } from './notes.ts';
import type { Draft } from './types.ts';

/**
 * Lets every port belong to one instance of one service: instances count up from the first one, and a
 * port that is taken is left out with a note.
 */
export function uniquePorts(drafts: Draft[], notes: Notes): void {
  const taken = new Map<string, string>();
  for (const draft of drafts) {
    const { name, where, keys } = draft;
    if (!keys.ports) continue;
    keys.ports = keys.ports
      .map((port) => perInstance(port, draft, notes))
      .filter((port) => {
        const numbers = numbersOf(port, keys.instances ?? 1);
        const owner = numbers.map((number) => taken.get(number)).find((other) => other !== undefined);
        if (owner !== undefined && owner !== name) {
          notes.dropped(
            where,
            `port ${port} of ${name}`,
            `${owner} has it already, and services share the machine's ports`,
            `let ${name} listen on another port and add it to its ports`,
          );
        }
        if (owner === undefined) for (const number of numbers) taken.set(number, name);
        return owner === undefined;
      });
    if (keys.ports.length === 0) delete keys.ports;
  }
}

/** Two instances cannot listen on one port: `8000` becomes `8000+`. */
function perInstance(port: number | string, { name, where, keys }: Draft, notes: Notes): number | string {
  if ((keys.instances ?? 1) < 2) return port;
  const parsed = parsePort(port);
  if ('value' in parsed ? parsed.value.step === 1 : String(port).endsWith('+')) return port;
  notes.approximated(
    where,
    `port ${port} of ${name}`,
    `its ${keys.instances} instances cannot share it, so each has its own: ${port} and those after it`,
    'let the program listen on that number plus ${INSTANCE}, behind a proxy',
  );
  return 'value' in parsed ? formatPort({ ...parsed.value, step: 1 }) : `${port}+`;
}

/** What the port claims; a port that is known only when the file is loaded claims its own text. */
function numbersOf(port: number | string, instances: number): string[] {
  const parsed = parsePort(port);
  if (!('value' in parsed)) return [String(port)];
  const { port: first, step, protocol } = parsed.value;
  return Array.from({ length: step === 1 ? instances : 1 }, (_, index) => `${first + index}/${protocol}`);
}
