// The rules on source files. Each has an id, a reason that is printed with a violation, and a test that breaks it.
import { FLOORS } from './places.ts';
import type { Import, Source } from './source.ts';

export interface Finding {
  readonly line: number;
  readonly found: string;
}

export interface Violation extends Finding {
  readonly rule: string;
  readonly reason: string;
  readonly path: string;
}

export interface Rule {
  readonly reason: string;
  readonly check: (source: Source) => readonly Finding[];
}

/** Packages without effects that decisions may use: cron arithmetic. */
const PURE_PACKAGES = new Set(['croner']);
const CORE_PACKAGES = new Set(['@mainstay/protocol', '@mainstay/sdk/policy', ...PURE_PACKAGES]);
const MAX_LINES = 400;
/** Said once already by the name Date. */
const TIME_ONLY = new Set(['Date.now', 'new Date()']);
/** Reading the clock, arming it, chance; `new Date(ms)` only shows a time. */
const TIME_AND_CHANCE = /^(Date\.now|new Date\(\)|Temporal|performance|set(Timeout|Interval|Immediate)|Math\.random)$/;

const inPart = (source: Source, ...parts: readonly string[]): boolean => parts.includes(source.part);
const isNode = ({ specifier }: Import): boolean => specifier.startsWith('node:');
const isPackage = (entry: Import): boolean => entry.target === null && !isNode(entry);
/** pg of pg/lib/x, @scope/name of @scope/name/x */
const packageName = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
const importFindings = (source: Source, bad: (entry: Import) => boolean): Finding[] =>
  source.imports.filter(bad).map(({ specifier, line }) => ({ line, found: `imports ${specifier}` }));

export const RULES: Readonly<Record<string, Rule>> = {
  floor: {
    reason:
      'a lower floor never imports a higher one: core < ports < kinds < registry, config, host, delivery < daemon … < cli, top < entry',
    check: (source) => {
      const own = FLOORS[source.part];
      return importFindings(source, (entry) => own !== undefined && (FLOORS[entry.target?.part ?? ''] ?? -1) > own);
    },
  },
  place: {
    reason: `every file of mainstay belongs to one of the parts ${Object.keys(FLOORS).join(', ')}`,
    check: (source) =>
      source.pack === 'mainstay' && !(source.part in FLOORS) ? [{ line: 1, found: 'stands outside the parts' }] : [],
  },
  'core-import': {
    reason:
      'core imports only core, @mainstay/protocol, @mainstay/sdk/policy, pure packages and the types of ports: decisions have no effects',
    check: (source) =>
      inPart(source, 'core')
        ? importFindings(source, (entry) =>
            entry.target ? entry.target.part !== 'core' : !CORE_PACKAGES.has(entry.specifier),
          )
        : [],
  },
  'core-pure': {
    reason: 'decisions see time, chance and the world only through what they are given',
    check: (source) =>
      inPart(source, 'core')
        ? source.globals
            .filter(({ name }) => !TIME_ONLY.has(name))
            .map(({ name, line }) => ({ line, found: `uses ${name}` }))
        : [],
  },
  'time-and-chance': {
    reason: 'time and chance come in through the ports Clock and Random, so that a simulated run repeats exactly',
    check: (source) =>
      inPart(source, 'sim', 'registry', 'delivery', 'daemon', 'monitor') &&
      !/\/(daemon\/api|monitor\/net)\//.test(source.path)
        ? source.globals
            .filter(({ name }) => TIME_AND_CHANCE.test(name))
            .map(({ name, line }) => ({ line, found: `uses ${name}` }))
        : [],
  },
  'ports-types': {
    reason: 'ports are types only: nothing of them exists at run time',
    check: (source) =>
      inPart(source, 'ports')
        ? importFindings(source, (entry) => !entry.typeOnly && entry.target?.part !== 'ports')
        : [],
  },
  'kind-import': {
    reason: 'a kind imports core, ports, protocol, sdk, kinds/kit, packages and its own folder',
    check: (source) =>
      inPart(source, 'kinds')
        ? importFindings(source, ({ target }) => target !== null && !['core', 'ports', 'kinds'].includes(target.part))
        : [],
  },
  'kind-sibling': {
    reason: 'kinds never import each other: what they share lives in kinds/kit',
    check: (source) =>
      inPart(source, 'kinds')
        ? importFindings(source, ({ target }) => target !== null && target.kind !== null && target.kind !== source.kind)
        : [],
  },
  'kind-index': {
    reason:
      "a kind's index.ts is loaded with the registry by everything: what it runs with is imported dynamically or by type",
    check: (source) =>
      source.kind !== null && source.path.endsWith(`${source.kind}/index.ts`)
        ? importFindings(source, (entry) => !entry.dynamic && !entry.typeOnly && isNode(entry))
        : [],
  },
  'host-entry': {
    reason: 'only entry (and tests) import host: everything else meets the world through ports',
    check: (source) =>
      inPart(source, 'host', 'entry') ? [] : importFindings(source, ({ target }) => target?.part === 'host'),
  },
  'sim-entry': {
    reason: 'only tests and entry/simulate import sim',
    check: (source) =>
      source.part === 'sim' || source.path.includes('/src/entry/simulate')
        ? []
        : importFindings(source, ({ target }) => target?.part === 'sim'),
  },
  'web-import': {
    reason:
      'the dashboard imports protocol, its own files and the packages it is built with, never the rest of mainstay',
    check: (source) =>
      source.pack === 'web'
        ? importFindings(
            source,
            ({ specifier, target }) =>
              (target !== null && target.pack !== 'web') || /^(mainstay|@mainstay\/(?!protocol$))/.test(specifier),
          )
        : [],
  },
  'leaf-import': {
    reason: 'protocol and sdk import nothing of this project and no package that is not a peer',
    check: (source) => {
      if (source.pack !== 'protocol' && source.pack !== 'sdk') return [];
      return importFindings(source, (entry) =>
        isNode(entry)
          ? source.pack === 'protocol'
          : isPackage(entry) && !source.peers.has(packageName(entry.specifier)),
      );
    },
  },
  'package-name': {
    reason: 'packages import each other by name, never by a path',
    check: (source) => importFindings(source, ({ target }) => target !== null && target.pack !== source.pack),
  },
  'top-level-await': {
    reason: 'the shipped bundle is CommonJS, which has no top-level await; write `void main()`',
    check: (source) =>
      source.pack === 'mainstay' && source.part !== 'top'
        ? source.awaits.map((line) => ({ line, found: 'awaits at top level' }))
        : [],
  },
  'file-length': {
    reason: `a file is for one idea: at most ${String(MAX_LINES)} lines`,
    check: ({ lines }) => (lines > MAX_LINES ? [{ line: MAX_LINES, found: `has ${String(lines)} lines` }] : []),
  },
};
