import type { Severity } from '../alert/message.ts';
import type { Ms } from './types.ts';

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

/** A part of the week, local time. */
export interface HoursPlan {
  /** 0 is Sunday. The days on which it begins; empty: every day. */
  days: number[];
  /** Minutes after midnight. `until` before or at `from` is on the next day. */
  from: number;
  until: number;
}

/** Which alerts go to whom. */
export interface RoutePlan {
  severity: Severity[];
  /** Names of services and checks; empty: all. */
  services: string[];
  /** When it holds; null: always. */
  during: HoursPlan | null;
  /** Names of notifiers. */
  to: string[];
  /** Say it again after this time, while it lasts and nobody has acknowledged it; null: never. */
  remind: Ms | null;
  /** Tell these too when nobody has acknowledged it after this time. */
  escalate: { after: Ms; to: string[] } | null;
}

export interface AlertsPlan {
  /** Where the pages of this project can be read; null: nowhere. */
  publicUrl: string | null;
  /** In the order of the file. */
  notifiers: NotifierPlan[];
  routes: RoutePlan[];
  /** Alerts that are not critical are held this long, so that those of one cause come in one message. */
  group: Ms;
  /** Hours in which only what is critical is sent. */
  quiet: HoursPlan[];
}
