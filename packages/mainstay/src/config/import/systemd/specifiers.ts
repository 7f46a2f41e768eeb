import type { Notes } from '../notes.ts';
import type { Setting } from './unit.ts';

/** What specifiers stand for when the system manager runs a unit (systemd.unit(5), Specifiers). */
const FIXED: Record<string, string> = {
  h: '/root',
  u: 'root',
  U: '0',
  g: 'root',
  G: '0',
  s: '/bin/sh',
  t: '/run',
  S: '/var/lib',
  C: '/var/cache',
  L: '/var/log',
  E: '/etc',
  T: '/tmp',
  V: '/var/tmp',
  '%': '%',
};

/** Replaces `%n`, `%i` and the like in a text; those that only systemd knows are noted. */
export function specifiers(text: string, unit: string, setting: Setting, notes: Notes): string {
  const full = unit.replace(/\.service$/, '');
  const [prefix = full, instance] = full.split(/@(.*)/s);
  const where = `${setting.label}:${setting.line}`;
  return text.replace(/%(.)/gs, (all: string, letter: string) => {
    const fixed = FIXED[letter];
    if (fixed !== undefined) return fixed;
    if (letter === 'n') return unit;
    if (letter === 'N') return full;
    if (letter === 'p' || letter === 'P') return prefix;
    if (letter === 'j' || letter === 'J') return prefix.split('-').at(-1) ?? prefix;
    if (letter === 'i' || letter === 'I') {
      if (instance) return letter === 'I' ? instance.replaceAll('-', '/') : instance;
      notes.approximated(
        where,
        `${setting.key} with %${letter}`,
        instance === undefined
          ? 'the unit has no instances'
          : 'a template has the instances that somebody starts; here they are numbered from 0',
        'write instances: N, and look what ${INSTANCE} has to be',
      );
      return instance === undefined ? '' : '\u0000INSTANCE\u0000';
    }
    notes.dropped(
      where,
      `${setting.key} with ${all}`,
      'only systemd knows its value',
      `write the value instead of ${all}`,
    );
    return all;
  });
}

/** Puts the variable where `specifiers` found the name of a template's instance. */
export function withInstance(template: string): string {
  return template.replaceAll('\u0000INSTANCE\u0000', '${INSTANCE}');
}
