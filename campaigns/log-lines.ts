// Services that write, end and begin again all the time, into logs that rotate all the time, under daemons that die.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Campaign } from '../scripts/campaign/run.ts';
import { account } from '../test/support/lines.ts';
import { signal } from '../test/support/processes.ts';
import { randomFrom, type Random } from '../test/support/random.ts';
import { PROGRAMS, System } from '../test/support/system.ts';

/** Things done to a service or to the daemon, in the whole campaign. */
const EVENTS = 400;
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => `writer-${letter}`);

/** Ends after so many lines, without a newline at the end; the fifth and sixth never do by themselves. */
const file = `
project: log-lines
restart_budget: { restarts: 100000, window: 1h }
services:
${NAMES.map(
  (name, at) => `  ${name}:
    command: [node, ${JSON.stringify(join(PROGRAMS, 'logger.mjs'))}, ${name}, counts, "${5 + 5 * at}", "${10 + 5 * at}"${at < 4 ? `, "${400 + 333 * at}"` : ''}]
    restart_policy: { delay: 20ms, factor: 1, max_attempts: 100000 }
    logging: { max_size: 64kB, max_files: 1000, split: ${at % 2 === 0} }`,
).join('\n')}
`;

export const campaign: Campaign = {
  name: 'log-lines',
  what: 'Six services write, end with unfinished lines, are killed and restarted; logs rotate at 64 kB; the daemon is killed in between. Every line is in the logs once, whole and in order.',
  async run({ seed, scale, log }) {
    const system = new System(file);
    try {
      mkdirSync(join(system.folder, 'counts'));
      await system.succeeds('up', '-d');
      const counts = await disturb(system, randomFrom(seed), Math.max(5, Math.round(EVENTS * scale)));
      await system.succeeds('down');
      const failures = system.leftovers().map((left) => `left behind: ${left}`);
      for (const [at, name] of NAMES.entries()) {
        const found = account(name, system.log(at % 2 === 0 ? `${name}.out` : name), join(system.folder, 'counts'));
        counts['lines'] = (counts['lines'] ?? 0) + found.lines;
        counts['incarnations'] = (counts['incarnations'] ?? 0) + found.runs;
        failures.push(...found.problems);
      }
      log(JSON.stringify(counts));
      return { counts, failures };
    } finally {
      await system.end();
    }
  },
};

/** Kills the daemon, kills a service, or restarts one on purpose, with pauses of a random length. */
async function disturb(system: System, random: Random, events: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = { 'daemon killed': 0, 'service killed': 0, 'service restarted': 0 };
  const add = (what: string): void => void (counts[what] = (counts[what] ?? 0) + 1);
  for (let event = 0; event < events; event++) {
    await delay(random.below(1500));
    const name = NAMES[random.below(NAMES.length)]!;
    const choice = random.below(4);
    const daemon = system.daemon();
    if (choice === 0 && daemon !== null) {
      signal(daemon, 'SIGKILL');
      add('daemon killed');
    } else if (choice === 1) {
      await system.succeeds('restart', name);
      add('service restarted');
    } else {
      const victim = system
        .processes()
        .find(({ command }) => command.includes(`logger.mjs ${name} `) && command.startsWith('node'));
      if (victim === undefined) continue;
      signal(victim, 'SIGKILL');
      add('service killed');
    }
  }
  return counts;
}
