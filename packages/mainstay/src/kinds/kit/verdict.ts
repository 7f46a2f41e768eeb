import type { Observation } from '../../ports/index.ts';
import { oneLine } from './observe.ts';
import type { Report } from './observe.ts';

/** What a complaint counts as. */
export type Severity = 'warn' | 'fail';

/** From which value on something is a warning, and from which a failure. */
export interface Limits {
  warn?: number | undefined;
  fail?: number | undefined;
}

/** Collects what is wrong with a target that answers: the worst of it is the result. */
export class Verdict {
  private readonly complaints: { severity: Severity | 'unknown'; text: string }[] = [];

  /** `unknown`: something that was asked for cannot be seen. */
  complain(severity: Severity | 'unknown' | 'ignore', text: string): void {
    if (severity !== 'ignore') this.complaints.push({ severity, text: oneLine(text, 200) });
  }

  /** Complains when the value has reached a limit, the worst one only; `shown` writes a limit for people. */
  compare(value: number, limits: Limits | undefined, text: string, shown: (limit: number) => string): void {
    for (const severity of ['fail', 'warn'] as const) {
      const limit = limits?.[severity];
      if (limit === undefined || value < limit) continue;
      this.complain(severity, `${text} (${severity}s at ${shown(limit)})`);
      return;
    }
  }

  /** The failures first, then the warnings, then what cannot be seen; `good` when there is nothing of it. */
  observe(report: Report, where: string, good: string, data: NonNullable<Observation['data']>): Observation {
    const ordered = (['fail', 'warn', 'unknown'] as const).flatMap((severity) =>
      this.complaints.filter((complaint) => complaint.severity === severity),
    );
    const text = ordered.map((complaint) => complaint.text).join(', ');
    return report.observe(ordered[0]?.severity ?? 'pass', `${where}: ${text === '' ? good : text}`, data);
  }
}
