import type { AlertMessage } from '../core/alert/index.ts';

/** What became of one attempt to deliver a message. */
export type SendOutcome =
  /** It arrived. `remark`: what was wrong all the same, for example one of several recipients. */
  | { result: 'delivered'; remark: string | null }
  /** It may arrive later; not before `afterMs`, if the other side said so. */
  | { result: 'retry'; reason: string; afterMs: number | null }
  /** Trying again is of no use before somebody changes something. */
  | { result: 'permanent'; reason: string };

export interface SendContext {
  timeoutMs: number;
  /** Aborted at the deadline, with a reason named TimeoutError, or when nobody waits for the result any more. */
  signal: AbortSignal;
  /** Environment for programs. */
  environment: Readonly<Record<string, string>>;
  /** What references in the target stood for. Those that a telling name says are secret never appear in a result. */
  variables: Readonly<Record<string, string>>;
  workingDirectory: string;
  /** UTC. */
  wallMs(): number;
}

/** Delivers messages by notifiers of every kind; never rejects: what goes wrong is an outcome, free of secrets. */
export interface Messenger {
  /** What would be sent, without anything secret; one text per request. */
  render(kind: string, target: Record<string, unknown>, message: AlertMessage): Promise<readonly string[]>;
  send(
    kind: string,
    target: Record<string, unknown>,
    message: AlertMessage,
    context: SendContext,
  ): Promise<SendOutcome>;
}
