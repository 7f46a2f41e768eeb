/** What the plan says of alerts. */

/** A way to tell people. */
export interface NotifierPlan {
  name: string;
  /** Name of the kind: `email`, `slack`, … */
  kind: string;
  /** What the kind's own schema made of its keys; strings in it are templates. */
  target: Record<string, unknown>;
  /** Keys of the target whose values nobody may see. */
  secrets: string[];
}

export interface AlertsPlan {
  /** Where the pages of this project can be read; null: nowhere. */
  publicUrl: string | null;
  /** In the order of the file. */
  notifiers: NotifierPlan[];
}
