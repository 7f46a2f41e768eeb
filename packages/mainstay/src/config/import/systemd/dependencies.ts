import type { Notes } from '../notes.ts';
import type { Dependency, Draft } from '../types.ts';
import type { Unit } from './unit.ts';

/** Units of systemd's own that say when the machine is far enough: mainstay itself starts after them. */
const OF_THE_MACHINE =
  /\.(?:target|mount|device|slice|path|swap)$|^(?:systemd-|dbus\.|syslog\.|nss-|local-fs|remote-fs|cloud-)/;

const REQUIRING = new Set(['Requires', 'BindsTo', 'Requisite']);
const RELATIONS = new Set(['After', 'Wants', 'PartOf', ...REQUIRING]);

/**
 * Makes `depends_on` of the relations between units. `After` says the order; with `Requires` or
 * `BindsTo` the other unit has to be there, and with `BindsTo` or `PartOf` its restarts are shared.
 */
export function readDependencies(units: { unit: Unit; drafts: Draft[] }[], notes: Notes): void {
  const byUnit = new Map(units.map(({ unit, drafts }) => [unit.name, drafts]));
  for (const { unit, drafts } of units) {
    const own = drafts.at(-1);
    if (!own) continue;
    for (const setting of unit.settings) {
      if (setting.section !== 'Unit') continue;
      for (const other of setting.value.split(/\s+/).filter((name) => name !== '')) {
        const where = `${setting.label}:${setting.line}`;
        const target = byUnit.get(other)?.at(-1);
        if (setting.key === 'Before' && target) relate(own, byUnit.get(other) ?? [], 'After');
        if (!RELATIONS.has(setting.key)) continue;
        if (target) relate(target, drafts, setting.key);
        else if (!OF_THE_MACHINE.test(other)) {
          notes.dropped(
            where,
            `${setting.key}=${other}`,
            'that unit was not read',
            `leave it to systemd and start mainstay after it, or read it too: "mainstay init --from DIRECTORY"`,
          );
        }
      }
    }
  }
}

/** Lets a unit, from its first task on, wait for another. */
function relate(target: Draft, drafts: Draft[], relation: string): void {
  const own = drafts.at(-1);
  const first = drafts[0];
  if (!own || !first || target === own) return;
  const shared = relation === 'BindsTo' || relation === 'PartOf';
  for (const draft of new Set([first, own])) {
    const old = draft.keys.depends_on?.[target.name];
    const required = REQUIRING.has(relation) || (old !== undefined && old.required !== false);
    const condition =
      target.keys.type === 'task'
        ? 'service_completed_successfully'
        : target.keys.ready
          ? 'service_healthy'
          : 'service_started';
    const dependency: Dependency = { condition };
    if (shared || old?.restart) dependency.restart = true;
    if (!required) dependency.required = false;
    draft.keys.depends_on = { ...draft.keys.depends_on, [target.name]: dependency };
  }
}
