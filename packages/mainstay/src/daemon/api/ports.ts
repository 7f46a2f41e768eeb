import type { Plan } from '../../core/plan/index.ts';
import type { Clock, LogHost, Store } from '../../ports/index.ts';
import type { Daemon } from '../daemon.ts';

/** What the interface needs of the daemon. */
export interface ApiPorts {
  daemon: Daemon;
  store: Store;
  logs: LogHost;
  clock: Clock;
  /** What is degraded at the moment, in words. */
  degraded: () => string[];
  /** What of that is about single services, each line beginning with the name of one. */
  problems: () => string[];
  /** Keeps a plan where the next daemon finds it, before anything is done about it. */
  keepPlan: (plan: Plan) => Promise<void>;
  /** The plan changed: schedules and watchers begin anew. */
  planChanged: () => void;
}

/** The same, for the answer to one request. */
export interface AnswerPorts extends ApiPorts {
  /** Who asks uses the Unix socket, and could read the state directory anyway: nothing is masked. */
  local: boolean;
}
