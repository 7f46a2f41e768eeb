/** Services that an engine of containers runs: Docker, or podman, which speaks the same words. */
import type { Manager } from '../../../ports/index.ts';
import { ask, openStream, refusal, unanswered, parseContainer, type Container } from '../../kit/engine/index.ts';
import { restartsItself } from './competes.ts';
import { readLines } from './lines.ts';
import { exitOf, lookOf, MISSING } from './look.ts';
import { placeOf } from './place.ts';

/** Statuses that say that an order was taken, or that there was nothing to do. */
const TAKEN = new Set([200, 204, 304]);

export function containerManager(socket: string): Manager {
  /** How a life that ended while the engine was listened to ended, by the container's id: a running one does not tell. */
  const deaths = new Map<string, number>();

  const inspect = async (name: string, signal: AbortSignal): Promise<Container | null> => {
    const path = `/containers/${encodeURIComponent(name)}/json`;
    const answer = await ask({ socket, path, signal }).catch((error: unknown) => {
      throw new Error(unanswered(error, socket));
    });
    if (answer.status === 404) return null;
    const container = answer.status === 200 ? parseContainer(answer.body) : null;
    if (container === null) throw new Error(`what answers at ${socket} is no engine: ${refusal(answer)}`);
    return container;
  };

  return {
    label: socket.includes('podman') ? 'podman' : 'Docker',
    async look(name, signal) {
      const container = await inspect(name, signal);
      if (container === null) return { ...MISSING, why: `there is no container ${name}` };
      const competes = restartsItself(name, container.restartPolicy);
      return { ...lookOf(container), exit: exitOf(container, deaths.get(container.id)), competes };
    },
    async order(name, order, signal) {
      const path = `/containers/${encodeURIComponent(name)}/`;
      const what = {
        start: () => 'start',
        stop: (graceMs: number) => `stop?t=${Math.max(1, Math.ceil(graceMs / 1000))}`,
        signal: (which: string) => `kill?signal=${encodeURIComponent(which)}`,
      };
      const words =
        order.do === 'start'
          ? what.start()
          : order.do === 'stop'
            ? what.stop(order.graceMs)
            : what.signal(order.signal);
      const answer = await ask({ socket, method: 'POST', path: `${path}${words}`, signal }).catch((error: unknown) => {
        throw new Error(unanswered(error, socket));
      });
      if (!TAKEN.has(answer.status)) throw new Error(refusal(answer));
    },
    async follow(names, changed, reliable, signal) {
      const filters = encodeURIComponent(JSON.stringify({ type: ['container'] }));
      const events = await openStream(socket, `/events?filters=${filters}`, signal);
      reliable();
      let rest = '';
      for await (const chunk of events.setEncoding('utf8') as AsyncIterable<string>) {
        const lines = `${rest}${chunk}`.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) hear(line, names, changed, deaths);
      }
      throw new Error(`the engine at ${socket} ended its events`);
    },
    async lines(name, from, take, signal) {
      const container = await inspect(name, signal);
      if (container === null) throw new Error(`there is no container ${name}`);
      await readLines(socket, container, from, take, signal);
    },
    placeOf,
  };
}

/** One event of the engine. Checks of health that run inside are none of ours. */
function hear(
  line: string,
  names: readonly string[],
  changed: (name: string | null) => void,
  deaths: Map<string, number>,
): void {
  if (line.trim() === '') return;
  let event: { Action?: string; Actor?: { ID?: string; Attributes?: Record<string, string> } };
  try {
    event = JSON.parse(line) as typeof event;
  } catch {
    return changed(null);
  }
  const { Action: action = '', Actor: { ID: id = '', Attributes: attributes = {} } = {} } = event;
  if (action.startsWith('exec_') || action === 'top') return;
  const which = names.find((name) => name === attributes['name'] || (name.length >= 12 && id.startsWith(name)));
  if (which === undefined) return;
  const code = Number(attributes['exitCode'] ?? Number.NaN);
  if ((action === 'die' || action === 'died') && Number.isInteger(code)) deaths.set(id, code);
  changed(which);
}
