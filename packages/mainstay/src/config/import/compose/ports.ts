import { brief } from '../notes.ts';
import type { Notes } from '../notes.ts';
import { get, oneLine, text } from '../tree.ts';
import type { Tree } from '../tree.ts';
import { interpolate } from './interpolate.ts';

interface Published {
  host: string;
  published: string;
  target: string;
  protocol: string;
}

/** The ports that a service's program has to listen on, from compose's short and long form. */
export function readPorts(tree: Tree, service: string, notes: Notes): (number | string)[] {
  if (tree.kind !== 'list') return [];
  return tree.items.flatMap((item) => {
    const where = item.at;
    const parsed = item.kind === 'map' ? longForm(item, where, notes) : shortForm(text(item) ?? '', where, notes);
    if (!parsed) {
      notes.dropped(where, `ports ${brief(oneLine(item))}`, 'it is not a port', 'add the port to ports');
      return [];
    }
    return range(parsed, where, service, notes);
  });
}

function shortForm(source: string, where: string, notes: Notes): Published | null {
  const value = interpolate(source, where, notes);
  const number = String.raw`(?:\d+(?:-\d+)?|\$\{[^}]*\})`;
  const shape = new RegExp(
    String.raw`^(?:(?:(\[[^\]]+\]|[^:[\]]+|\$\{[^}]*\}):)?(${number})?:)?(${number})(?:/(\w+))?$`,
  );
  const match = shape.exec(value);
  if (!match?.[3]) return null;
  return { host: match[1] ?? '', published: match[2] ?? '', target: match[3], protocol: match[4] ?? 'tcp' };
}

function longForm(tree: Tree, where: string, notes: Notes): Published | null {
  const target = text(get(tree, 'target'));
  if (target === null) return null;
  const take = (key: string) => interpolate(text(get(tree, key)) ?? '', where, notes);
  return { host: take('host_ip'), published: take('published'), target, protocol: take('protocol') || 'tcp' };
}

function range(port: Published, where: string, service: string, notes: Notes): (number | string)[] {
  if (port.published !== '' && port.published !== port.target) {
    notes.approximated(
      where,
      `ports ${port.published}:${port.target}`,
      `no port is mapped here: ${service} itself has to listen on ${port.published}, not on ${port.target}`,
      `tell the program to listen on ${port.published}, and those that use it as well`,
    );
  }
  const own = port.published === '' ? port.target : port.published;
  const bounds = /^(\d+)-(\d+)$/.exec(own);
  const numbers = bounds ? sequence(Number(bounds[1]), Number(bounds[2])) : [own];
  const host = port.host === '' || port.host === '0.0.0.0' || port.host === '[::]' ? '' : `${port.host}:`;
  const suffix = port.protocol === 'tcp' ? '' : `/${port.protocol}`;
  return numbers.map((number) => {
    const plain = host === '' && suffix === '' && /^\d+$/.test(String(number));
    return plain ? Number(number) : `${host}${number}${suffix}`;
  });
}

/** At most 100 ports of a range: a longer one is a mistake or belongs in the program's own configuration. */
function sequence(first: number, last: number): number[] {
  const count = Math.max(0, Math.min(last - first + 1, 100));
  return Array.from({ length: count }, (_, index) => first + index);
}
