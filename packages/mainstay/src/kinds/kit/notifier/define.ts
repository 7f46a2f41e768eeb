import type { ZodObject } from 'zod';
import type { AlertMessage } from '../../../core/alert/index.ts';
import type { SendContext, SendOutcome } from '../../../ports/index.ts';

/** What the module of a kind of notifier exports. It must not load zod: the daemon runs it. */
export interface NotifierRunner {
  /** The keys of the target whose values nobody may see. */
  readonly SECRETS: readonly string[];
  /** What is sent, one text per request, without secrets; `--dry-run` shows it. */
  render(target: Record<string, unknown>, message: AlertMessage): readonly string[];
  /** One attempt. `target` is what the schema made of the file, with templates expanded. */
  send(target: Record<string, unknown>, message: AlertMessage, context: SendContext): Promise<SendOutcome>;
}

/** One kind of notifier: everything that configuration, completion and reference need of it. */
export interface NotifierDefinition {
  /** The key in mainstay.yaml. */
  kind: string;
  /** A few words, for lists. */
  title: string;
  /** What arrives, what is tried again, what is given up. */
  description: string;
  /** The target's keys; each carries a description. */
  schema: ZodObject;
  /** The key that a bare value stands for; null: there is no short form. */
  main: string | null;
  /** The keys of the target whose values nobody may see. */
  secrets: readonly string[];
  /** Examples for the reference, as YAML. */
  examples: string[];
  run: () => Promise<NotifierRunner>;
}

/** States the shape of a definition. */
export function defineNotifier(definition: NotifierDefinition): NotifierDefinition {
  return definition;
}
