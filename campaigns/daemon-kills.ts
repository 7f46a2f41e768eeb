// The daemon is killed again and again while services log hard and crash: every process and every line is accounted for.
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { StatusReport } from '@mainstay/protocol';
import type { Campaign } from '../scripts/campaign/run.ts';
import { account } from '../test/support/lines.ts';
import { signal } from '../test/support/processes.ts';
import { randomFrom, type Random } from '../test/support/random.ts';
import { PROGRAMS, System } from '../test/support/system.ts';

/** Kills of the whole campaign. */
const KILLS = 1000;
/** Systems at the same time: a guardian lets a daemon that died young wait, the others use that time. */
const SYSTEMS = 3;
/** A daemon that lived this long is brought back at once, ms. */
const OLD_ENOUGH = 2100;
const LOGGERS = ['log-a', 'log-b', 'log-c', 'log-d', 'log-e'];
const QUIET = ['quiet-a', 'quiet-b', 'quiet-c'];
/** Is killed by the campaign, mostly while no daemon is there. */
const VICTIM = 'log-e';

const file = `
project: daemon-kills
restart_budget: { restarts: 100000, window: 1h }
services:
${LOGGERS.map(
  (name, at) => `  ${name}:
    command: [node, ${JSON.stringify(join(PROGRAMS, 'logger.mjs'))}, ${name}, counts, "${5 + 5 * at}", "20"]
    restart_policy: { delay: 50ms, factor: 1, max_attempts: 100000 }
    logging: { max_size: 128kB, max_files: 1000 }`,
).join('\n')}
${QUIET.map((name) => `  ${name}: { command: [sleep, "86400"] }`).join('\n')}
  task-a: { type: task, command: [sh, -c, "echo ran >>task-a"] }
  task-b: { type: task, command: [sh, -c, "sleep 5; echo ran >>task-b"] }
`;

export const campaign: Campaign = {
  name: 'daemon-kills',
  what: 'The daemon is killed at random moments; five services log hard, one of them is killed as well. No line is lost, doubled or out of order; nothing is restarted that was not killed; no task runs twice.',
  async run({ seed, scale, log }) {
    const kills = Math.max(SYSTEMS, Math.round(KILLS * scale));
    const shares = Array.from({ length: SYSTEMS }, (_, at) => Math.floor((kills + at) / SYSTEMS));
    const outcomes = await Promise.all(shares.map((share, at) => killOften(share, randomFrom(seed + at), log)));
    const counts: Record<string, number> = {};
    for (const outcome of outcomes) {
      for (const [what, count] of Object.entries(outcome.counts)) {
        counts[what] = what.startsWith('longest') ? Math.max(counts[what] ?? 0, count) : (counts[what] ?? 0) + count;
      }
    }
    return { counts, failures: outcomes.flatMap(({ failures }) => failures) };
  },
};

interface Outcome {
  counts: Record<string, number>;
  failures: string[];
}

async function killOften(kills: number, random: Random, log: (line: string) => void): Promise<Outcome> {
  const system = new System(file);
  const failures: string[] = [];
  try {
    mkdirSync(join(system.folder, 'counts'));
    await system.succeeds('up', '-d');
    const counts = await new Killer(system, random, failures).run(kills);
    await system.succeeds('down');
    failures.push(...system.leftovers().map((left) => `left behind: ${left}`));
    counts['lines'] = 0;
    for (const name of LOGGERS) {
      const found = account(name, system.log(name), join(system.folder, 'counts'));
      counts['lines'] += found.lines;
      failures.push(...found.problems);
    }
    for (const task of ['task-a', 'task-b']) {
      const runs = system.read(task).split('\n').length - 1;
      if (runs !== 1) failures.push(`${task} ran ${runs} times`);
    }
    counts['log files'] = readdirSync(join(system.stateDir, 'logs')).filter((name) => /^log-.*\d$/.test(name)).length;
    log(`${kills} kills: ${JSON.stringify(counts)}`);
    return { counts, failures };
  } finally {
    await system.end();
  }
}

/** Kills one system's daemon, and its victim, and sees what becomes of the others. */
class Killer {
  readonly #system: System;
  readonly #random: Random;
  readonly #failures: string[];
  readonly #counts: Record<string, number> = {
    kills: 0,
    'kills of a young daemon': 0,
    'services killed': 0,
    'longest absence, ms': 0,
  };

  constructor(system: System, random: Random, failures: string[]) {
    this.#system = system;
    this.#random = random;
    this.#failures = failures;
  }

  async run(kills: number): Promise<Record<string, number>> {
    const before = await this.#others();
    for (let done = 0; done < kills;) {
      const burst = Math.min(kills - done, 1 + this.#random.below(4));
      for (let one = 0; one < burst; one++) await this.#kill(one);
      done += burst;
      const report = await this.#system.answers();
      this.#compare(before, await this.#others(report), done);
      await this.#system.becomes(VICTIM, ({ state }) => state === 'ready', 'back');
      await delay(OLD_ENOUGH);
    }
    return this.#counts;
  }

  /** @param young how many daemons were killed just before; above 0 this one may still be beginning */
  async #kill(young: number): Promise<void> {
    await delay(this.#random.below(400));
    const victim = this.#random.below(3) === 0 ? await this.#victim() : null;
    await this.#system.eventually('there is a daemon', () => this.#system.daemon() !== null);
    const daemon = this.#system.daemon();
    if (daemon === null) return;
    const killed = performance.now();
    signal(daemon, 'SIGKILL');
    this.#counts['kills']!++;
    if (young > 0) this.#counts['kills of a young daemon']!++;
    if (victim !== null) {
      await delay(this.#random.below(30));
      process.kill(victim, 'SIGKILL');
      this.#counts['services killed']!++;
    }
    await this.#system.eventually(
      'there is another daemon',
      () => (this.#system.daemon()?.pid ?? daemon.pid) !== daemon.pid,
    );
    if (young === 0) {
      await this.#system.answers();
      const absence = Math.round(performance.now() - killed);
      this.#counts['longest absence, ms'] = Math.max(this.#counts['longest absence, ms']!, absence);
    }
  }

  /** Its process, while it surely is the one that is known. */
  async #victim(): Promise<number | null> {
    const report = await this.#system.status();
    const found = report?.services.find(({ name }) => name === VICTIM);
    return found?.state === 'ready' ? found.pid : null;
  }

  /** Pids of all that is never killed here. */
  async #others(report?: StatusReport): Promise<string> {
    const { services } = report ?? (await this.#system.answers());
    const kept = services.filter(({ name, type }) => type === 'service' && name !== VICTIM);
    return JSON.stringify(kept.map(({ name, pid }) => `${name} ${pid}`));
  }

  #compare(before: string, now: string, kills: number): void {
    if (before !== now) this.#failures.push(`after ${kills} kills: ${now} instead of ${before}`);
  }
}
