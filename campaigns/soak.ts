// An hour at full load: nothing that the daemon uses grows, and no line of 25 MB/s is lost.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Campaign, CampaignOptions, CampaignOutcome } from '../scripts/campaign/run.ts';
import { freePorts } from '../test/support/ports.ts';
import { randomFrom, type Random } from '../test/support/random.ts';
import { PROGRAMS, System } from '../test/support/system.ts';
import { Audit } from './soak/audit.ts';
import { measure } from './soak/measures.ts';
import { reportOptions, Sampler, type Sample } from './soak/sampler.ts';

const WHOLE_SECONDS = 3600;
/** A part of the campaign is much shorter than its share: of waiting a little, a little less proves as much. */
const PART_SECONDS = 500;
const FLOODS = ['flood-a', 'flood-b', 'flood-c', 'flood-d', 'flood-e'];
const CRASHER = 'crasher';
/** `mainstay restart` of one of these, every RESTART_SECONDS. */
const RESTARTED = [...FLOODS, 'beat', 'quiet', 'checked', 'web'];
const RESTART_SECONDS = 15;
const APPLY_SECONDS = 60;
const FOLLOW_MS = 200;

const program = (name: string): string => JSON.stringify(join(PROGRAMS, name));

/** 500 lines of 200 bytes every 20 ms, 5 MB/s, from each of five; a fifth of that in a part of the campaign. */
const file = (port: number, lines: number, maxFiles: number): string => `
project: soak
restart_budget: { restarts: 100000, window: 1h }
services:
${FLOODS.map(
  (name) => `  ${name}:
    command: [node, ${program('flood.mjs')}, ${name}, counts, "${lines}", "20"]
    logging: { max_size: 2m, max_files: ${maxFiles} }`,
).join('\n')}
  ${CRASHER}:
    command: [node, ${program('flood.mjs')}, ${CRASHER}, counts, "10", "100", "2000"]
    restart_policy: { delay: 500ms, factor: 1, max_attempts: 100000, window: 5m }
    logging: { max_size: 64k, max_files: 100 }
  web:
    command: [node, ${program('sickly.mjs')}, "${port}", "20000"]
    ports: [${port}]
    healthcheck: { http: "http://127.0.0.1:${port}/", interval: 1s, retries: 2, start_period: 10s }
    restart_policy: { delay: 500ms, factor: 1, max_attempts: 100000, window: 5m }
  beat:
    command: [sh, -c, 'echo READY=1 >&3; while :; do echo WATCHDOG=1 >&3; sleep 1; done']
    ready: notify
    watchdog: 60s
  checked:
    command: [sleep, "86400"]
    healthcheck: { exec: ["true"], interval: 2s }
  quiet:
    command: [sleep, "86400"]
    environment: { OPTIONS_OF_NODE: "\${NODE_OPTIONS}" }
`;

export const campaign: Campaign = {
  name: 'soak',
  what: 'An hour of 10 services at full load: five write 25 MB/s into rotating logs, one crashes every few seconds, one fails its check, others are restarted, commands ask every second. Memory, heap, descriptors, threads and processes do not grow, shared memory and the write-ahead log to their bounds, the store only by its events; no line is lost, doubled or torn; nothing is left behind.',
  run: soak,
};

async function soak({ seed, scale, log }: CampaignOptions): Promise<CampaignOutcome> {
  const seconds = scale >= 1 ? WHOLE_SECONDS * scale : Math.max(20, PART_SECONDS * scale);
  const [port = 0] = await freePorts(1);
  const lines = scale >= 1 ? 500 : 100;
  const system = new System(file(port, lines, 60));
  system.shell['NODE_OPTIONS'] = reportOptions(system.folder);
  try {
    const counts = join(system.folder, 'counts');
    mkdirSync(counts);
    await system.succeeds('up', '-d');
    const load = new Load(system, (maxFiles) => file(port, lines, maxFiles), counts, randomFrom(seed));
    const samples = await load.run(seconds, log);
    const events = (await system.ask<{ seq: number }[]>('/api/v1/events?limit=1'))?.[0]?.seq ?? 0;
    await system.succeeds('down');
    const left = system.leftovers().map((one) => `left behind: ${one}`);
    const { counts: measured, failures } = measure(samples, events, scale >= 1);
    return { counts: { ...load.finish(), ...measured }, failures: [...load.problems, ...failures, ...left] };
  } finally {
    await system.end();
  }
}

/** Everything that is done to the system, each thing at its own pace. */
class Load {
  readonly problems: string[] = [];
  readonly #system: System;
  readonly #file: (maxFiles: number) => string;
  readonly #random: Random;
  readonly #audits: Audit[];
  readonly #done: Record<string, number> = { commands: 0, restarts: 0, applies: 0 };
  #goesOn = true;

  constructor(system: System, fileOf: (maxFiles: number) => string, counts: string, random: Random) {
    this.#system = system;
    this.#file = fileOf;
    this.#random = random;
    this.#audits = [...FLOODS, CRASHER].map((name) => new Audit(name, join(system.stateDir, 'logs'), counts));
  }

  async run(seconds: number, log: (line: string) => void): Promise<Sample[]> {
    const tasks = [
      this.#repeat(FOLLOW_MS, () => this.#follow()),
      this.#repeat(1000, (round) => this.#ask(round)),
      this.#repeat(Math.min(RESTART_SECONDS, seconds / 6) * 1000, () => this.#restart()),
      this.#repeat(Math.min(APPLY_SECONDS, seconds / 4) * 1000, (round) => this.#apply(round)),
    ];
    const samples = await this.#sample(seconds, log).finally(() => (this.#goesOn = false));
    await Promise.all(tasks);
    return samples;
  }

  /** Reads the last lines, when everything has ended. */
  finish(): Record<string, number> {
    for (const audit of this.#audits) {
      audit.finish();
      this.problems.push(...audit.problems);
    }
    const sum = (of: (audit: Audit) => number): number => this.#audits.reduce((before, one) => before + of(one), 0);
    return { lines: sum(({ lines }) => lines), rotations: sum(({ rotations }) => rotations), ...this.#done };
  }

  async #repeat(pause: number, what: (round: number) => void | Promise<void>): Promise<void> {
    for (let round = 0; this.#goesOn; round++) {
      await delay(pause);
      if (!this.#goesOn) return;
      try {
        await what(round);
      } catch (error) {
        this.problems.push(String(error));
      }
    }
  }

  async #sample(seconds: number, log: (line: string) => void): Promise<Sample[]> {
    const sampler = new Sampler(this.#system, this.#system.folder);
    const daemon = this.#system.daemon();
    if (daemon === null) throw new Error('there is no daemon');
    const samples: Sample[] = [];
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) {
      samples.push(await sampler.take(daemon));
      log(JSON.stringify(samples.at(-1)));
      await delay(Math.min(10, seconds / 30) * 1000);
    }
    if (this.#system.daemon()?.pid !== daemon.pid) this.problems.push('the daemon is another one at the end');
    return samples;
  }

  #follow(): void {
    for (const audit of this.#audits) audit.follow();
  }

  async #ask(round: number): Promise<void> {
    const names = [...RESTARTED, CRASHER];
    const name = names[this.#random.below(names.length)]!;
    const commands = [['status'], ['explain', name], ['logs', name, '-n', '20'], ['status', '--json'], ['events']];
    const command = commands[round % commands.length]!;
    const { code, stderr } = await this.#system.mainstay(...command);
    this.#done['commands']!++;
    // Status says by 1 that something is not ready.
    if (code !== 0 && !(command[0] === 'status' && code === 1 && stderr === ''))
      this.problems.push(`mainstay ${command.join(' ')} ended with ${code}: ${stderr}`);
  }

  async #restart(): Promise<void> {
    const name = RESTARTED[this.#random.below(RESTARTED.length)]!;
    const { code, stdout, stderr } = await this.#system.mainstay('restart', name);
    this.#done['restarts']!++;
    if (code !== 0) this.problems.push(`mainstay restart ${name} ended with ${code}: ${stdout}${stderr}`);
  }

  /** A change that restarts nothing. */
  async #apply(round: number): Promise<void> {
    this.#system.write('mainstay.yaml', this.#file(round % 2 === 0 ? 70 : 60));
    const { code, stdout, stderr } = await this.#system.mainstay('apply', '--no-wait');
    this.#done['applies']!++;
    if (code !== 0) this.problems.push(`mainstay apply ended with ${code}: ${stdout}${stderr}`);
  }
}
