import type { CoordinatorEvent } from '../../core/coordinator/index.ts';
import type { Plan } from '../../core/plan/index.ts';
import type { LineSink, SourceWatcher } from '../../daemon/index.ts';
import type { Clock } from '../../ports/index.ts';

/** `--dev`: services are restarted when their sources change. */
export class Development {
  #watcher: SourceWatcher | null = null;
  readonly #clock: Clock;
  readonly #post: (event: CoordinatorEvent) => void;
  readonly #log: LineSink;

  constructor(clock: Clock, post: (event: CoordinatorEvent) => void, log: LineSink) {
    this.#clock = clock;
    this.#post = post;
    this.#log = log;
  }

  /** Watches what a plan says, instead of what was watched before. */
  async load(plan: Plan): Promise<void> {
    this.stop();
    const watched = plan.services.filter((service) => service.watch.length > 0);
    if (watched.length === 0) return;
    const { createWatcher } = await import('../../host/watch/index.ts');
    this.#watcher = createWatcher({
      clock: this.#clock,
      onProblem: (service, { message }) => this.#say(`${service}: ${message}`),
    });
    for (const service of watched) {
      void this.#watcher.watch(service, (paths) => {
        const what = paths.length === 1 ? (paths[0] ?? '') : `${paths.length} files`;
        this.#say(`${service.name}: ${what} changed`);
        this.#post({ type: 'restart', services: [service.name], reason: `${what} changed`, planned: true });
      });
    }
  }

  stop(): void {
    this.#watcher?.close();
    this.#watcher = null;
  }

  #say(text: string): void {
    this.#log.write(`${new Date().toISOString()} ${text}`);
  }
}
