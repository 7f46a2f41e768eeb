/** A service as mainstay runs one: a leader in a session of its own, whose children do the work. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { InstanceFacts } from '../../../src/ports/index.ts';

const NO_LIMITS = { memory: null, memoryReservation: null, cpus: null, pids: null };

export class Family implements AsyncDisposable {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.pid = child.pid!;
    this.#ended = once(child, 'exit');
  }

  /** Waits for its first line. */
  static async start(program: string, ...args: string[]): Promise<Family> {
    const child = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
    const family = new Family(child);
    await once(child.stdout!, 'data');
    return family;
  }

  /** As checks see it. */
  facts(instance: InstanceFacts['instance'], limits: Partial<InstanceFacts['resources']> = {}): InstanceFacts {
    return { instance, pid: this.pid, resources: { ...NO_LIMITS, ...limits }, logs: [] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      // All of its group, which nobody of it left.
      process.kill(-this.pid, 'SIGKILL');
    } catch {
      // Gone already.
    }
    await this.#ended;
    this.#child.stdout?.destroy();
  }
}
