// The disk of the state directory is frozen for half a minute, or full, again and again, under load.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { JournalEvent } from '@mainstay/protocol';
import type { Campaign } from '../scripts/campaign/run.ts';
import { Disk } from '../test/support/disk.ts';
import { account } from '../test/support/lines.ts';
import { look, signal } from '../test/support/processes.ts';
import { randomFrom, type Random } from '../test/support/random.ts';
import { PROGRAMS, System } from '../test/support/system.ts';

/** Troubles of the whole campaign, and how long each lasts. */
const TROUBLES = 12;
const SECONDS = 30;
/** Of a part of it: shorter ones, but long enough that everything that can wait has to. */
const LEAST_SECONDS = 4;
const LOGGERS = ['log-a', 'log-b', 'log-c'];

const file = `
project: frozen-disk
restart_budget: { restarts: 100000, window: 1h }
services:
${LOGGERS.map(
  (name, at) => `  ${name}:
    command: [node, ${JSON.stringify(join(PROGRAMS, 'logger.mjs'))}, ${name}, counts, "${20 + 20 * at}", "20"]
    restart_policy: { delay: 50ms, factor: 1, max_attempts: 100000 }
    logging: { max_size: 1m, max_files: 1000 }`,
).join('\n')}
  dropper:
    command: [sh, -c, "while :; do seq 50000; sleep 0.2; done"]
    logging: { max_size: 1m, max_files: 3, when_full: drop }
  victim: { command: [sleep, "86400"], restart_policy: { delay: 50ms, factor: 1, max_attempts: 100000 } }
  checked: { command: [sleep, "86400"], healthcheck: { exec: ["true"], interval: 1s, retries: 2 } }
`;

export const campaign: Campaign = {
  name: 'frozen-disk',
  what: 'The disk of the state directory is frozen for half a minute, or full, again and again, under load. Meanwhile what crashes is repaired and status answers; afterwards nothing is degraded, every crash is in the journal and every line in the logs; healthy services are never touched.',
  async run({ seed, scale, log }) {
    const disk = await Disk.make(256);
    if (disk === null)
      throw new Error('this machine cannot mount or freeze a file system: it takes root, loop devices and ext4');
    const system = new System(file, disk.stateDir);
    try {
      mkdirSync(join(system.folder, 'counts'));
      await system.succeeds('up', '-d');
      const trouble = new Trouble(system, disk, randomFrom(seed), Math.max(LEAST_SECONDS, SECONDS * scale));
      const before = await trouble.untouched();
      const rounds = Math.max(2, Math.round(TROUBLES * scale));
      for (let round = 0; round < rounds; round++) log(await trouble.make(round % 3 === 1 ? 'full' : 'frozen'));
      const failures = [...trouble.failures];
      if ((await trouble.untouched()) !== before)
        failures.push(`restarted: ${before} became ${await trouble.untouched()}`);
      failures.push(...(await trouble.journal()));
      await system.succeeds('down');
      failures.push(...system.leftovers().map((left) => `left behind: ${left}`));
      for (const name of LOGGERS) {
        const found = account(name, system.log(name), join(system.folder, 'counts'));
        trouble.counts['lines']! += found.lines;
        failures.push(...found.problems);
      }
      return { counts: trouble.counts, failures };
    } finally {
      await disk.thaw();
      await system.end();
      await disk[Symbol.asyncDispose]();
    }
  },
};

/** Makes trouble for the disk, kills services meanwhile, and sees what becomes of them. */
class Trouble {
  readonly failures: string[] = [];
  readonly counts: Record<string, number> = {
    'times frozen': 0,
    'times full': 0,
    'services killed meanwhile': 0,
    'longest repair, ms': 0,
    'longest answer to status, ms': 0,
    lines: 0,
  };
  readonly #system: System;
  readonly #disk: Disk;
  readonly #random: Random;
  readonly #seconds: number;

  constructor(system: System, disk: Disk, random: Random, seconds: number) {
    this.#system = system;
    this.#disk = disk;
    this.#random = random;
    this.#seconds = seconds;
  }

  async make(how: 'frozen' | 'full'): Promise<string> {
    this.counts[`times ${how}`]!++;
    if (how === 'frozen') await this.#disk.freeze();
    else this.#disk.fill();
    const end = performance.now() + this.#seconds * 1000;
    let said = '';
    while (performance.now() < end) {
      await this.#kill(this.#random.below(4) === 0 ? LOGGERS[this.#random.below(LOGGERS.length)]! : 'victim');
      const asked = performance.now();
      said = (await this.#system.answers()).daemon.degraded.join('; ');
      this.#longest('longest answer to status, ms', asked);
      await delay(this.#random.below(1000));
    }
    if (said === '') this.failures.push(`nothing was degraded while the disk was ${how}`);
    if (how === 'frozen') await this.#disk.thaw();
    else this.#disk.empty();
    // What could not be written about a crash is told until one could.
    await this.#kill('victim');
    await this.#system.eventually(
      'nothing is degraded',
      async () => (await this.#system.answers()).daemon.degraded.length === 0,
    );
    return `${how}: ${said}`;
  }

  /** Pids of what is never killed here. */
  async untouched(): Promise<string> {
    const pids = Object.entries(await this.#system.pids()).filter(([id]) => /^(dropper|checked)\//.test(id));
    return JSON.stringify(pids);
  }

  /** Every kill is in the journal once. */
  async journal(): Promise<string[]> {
    const exits = await this.#system.ask<JournalEvent[]>('/api/v1/events?types=instance.exited&limit=10000');
    const killed = exits?.filter(({ message }) => message.includes('SIGKILL')).length ?? 0;
    const expected = this.counts['services killed meanwhile']!;
    return killed === expected ? [] : [`${expected} were killed, the journal tells of ${killed}`];
  }

  async #kill(name: string): Promise<void> {
    const { pid } = await this.#system.becomes(name, ({ state }) => state === 'ready', 'ready');
    const found = pid === null ? null : look(pid);
    if (found === null || pid === null) throw new Error(`${name} does not run`);
    const killed = performance.now();
    signal(found, 'SIGKILL');
    await this.#system.replaced(name, pid);
    this.counts['services killed meanwhile']!++;
    this.#longest('longest repair, ms', killed);
  }

  #longest(what: string, since: number): void {
    this.counts[what] = Math.max(this.counts[what]!, Math.round(performance.now() - since));
  }
}
