import type {
  Condition,
  Happening,
  Incident,
  IncidentEffect,
  Incidents,
  Observed,
  Severity,
  Subject,
} from './types.ts';

/**
 * How long everything has to be good before an incident is closed. What fails again meanwhile goes on with the same
 * incident, so that a crash loop is one, not hundreds; the recovery is dated back to the first good observation.
 */
export const STEADY_MS = 60_000;
/** Entries of a timeline that are kept of its beginning, and of its end. */
const FIRST_ENTRIES = 40;
const LAST_ENTRIES = 60;

type Trouble = Extract<Condition, { name: 'trouble' }>;

export function noIncidents(): Incidents {
  return { next: 1, open: [] };
}

/**
 * Takes in what was seen in one turn. The given incidents are not changed.
 *
 * - A subject in trouble joins the open incident of whatever it needs, directly or not, that is not well again;
 *   otherwise it opens one of its own.
 * - When something turns out to be broken on which the cause of an open incident depends, that becomes the cause, and
 *   incidents that so turn out to have one cause become one: the oldest.
 * - An incident recovers when everything that is involved is good, or not wanted any more, and closes when that lasts.
 *
 * @returns the incidents, the very same object when nothing changed, and when to look again, monotonic ms from now
 */
export function followIncidents(
  before: Incidents,
  { subjects, happened, now }: Observed,
): { incidents: Incidents; effects: IncidentEffect[]; lookAgainMs: number | null } {
  const work = new Work(before, new Map(subjects.map((subject) => [subject.name, subject])), now.wall);
  for (const subject of subjects) work.judge(subject);
  work.merge();
  work.suppress();
  work.note(happened);
  return work.end();
}

class Work {
  readonly #before: Incidents;
  readonly #subjects: ReadonlyMap<string, Subject>;
  readonly #wall: number;
  #next: number;
  #open: Incident[];
  readonly #opened = new Set<number>();
  readonly #changed = new Map<number, string>();
  /** Something is different that nobody has to be told of. */
  readonly #touched = new Set<number>();
  readonly #merged: Incident[] = [];

  constructor(before: Incidents, subjects: ReadonlyMap<string, Subject>, wall: number) {
    this.#before = before;
    this.#subjects = subjects;
    this.#wall = wall;
    this.#next = before.next;
    this.#open = structuredClone(before.open);
  }

  judge(subject: Subject): void {
    const { condition, name } = subject;
    const own = this.#open.find(({ involved }) => involved.some((one) => one.name === name && one.until === null));
    if (condition.name === 'trouble') {
      if (own === undefined) this.#begin(subject, condition);
      else this.#goesOn(own, name, condition);
    } else if (own !== undefined && condition.name !== 'unclear') {
      this.#over(own, name, condition);
    }
  }

  #begin(subject: Subject, trouble: Trouble): void {
    const { name, kind, needs } = subject;
    const from = Math.min(trouble.since.wall, this.#wall);
    const entry = { name, kind, reason: trouble.reason, failure: trouble.failure, from, until: null };
    // Its own, still open and recovered, or that of something that it needs.
    const again = this.#open.find(({ involved }) => involved.some((one) => one.name === name));
    const above = this.#open.find(({ cause }) => needs.includes(cause) && !this.#isGood(cause));
    const incident = again ?? above;
    if (incident !== undefined) {
      incident.recoveredAt = null;
      incident.by = null;
      const known = incident.involved.find((one) => one.name === name);
      if (known === undefined) incident.involved.push(entry);
      else {
        Object.assign(known, { until: null, reason: trouble.reason });
        delete known.isOff;
      }
      this.#worsen(incident, trouble.severity);
      if (known === undefined) this.#change(incident, `${name} is affected: ${trouble.reason}`);
      else this.#touched.add(incident.id);
      return;
    }
    const opened: Incident = {
      id: this.#next,
      cause: name,
      severity: trouble.severity,
      title: titleOf(name, trouble.reason),
      firstFailureAt: from,
      detectedAt: this.#wall,
      actionAt: null,
      recoveredAt: null,
      closedAt: null,
      by: null,
      mergedInto: null,
      involved: [entry],
      suppressed: [],
      timeline: [{ at: from, subject: name, what: 'observation', text: trouble.reason }],
      omitted: 0,
    };
    this.#next += 1;
    this.#open.push(opened);
    this.#opened.add(opened.id);
  }

  #goesOn(incident: Incident, name: string, { severity, reason }: Trouble): void {
    const entry = incident.involved.find((one) => one.name === name && one.until === null);
    if (entry !== undefined && entry.reason !== reason) {
      entry.reason = reason;
      if (name === incident.cause) incident.title = titleOf(name, reason);
      this.#touched.add(incident.id);
    }
    this.#worsen(incident, severity);
  }

  #worsen(incident: Incident, severity: Severity): void {
    if (incident.severity === 'critical' || severity === 'warning') return;
    incident.severity = 'critical';
    this.#change(incident, 'it is critical now');
  }

  #over(incident: Incident, name: string, condition: Condition): void {
    for (const one of incident.involved) {
      if (one.name !== name || one.until !== null) continue;
      one.until = this.#wall;
      if (condition.name === 'off') one.isOff = true;
      const text = condition.name === 'off' ? `not wanted any more: ${condition.reason}` : 'well again';
      this.#add(incident, { subject: name, what: condition.name === 'off' ? 'operator' : 'observation', text });
    }
  }

  /** What is not in the plan any more is not wanted. */
  #forgetGone(incident: Incident): void {
    for (const { name, until } of incident.involved) {
      if (until === null && !this.#subjects.has(name))
        this.#over(incident, name, { name: 'off', reason: 'no longer in the plan' });
    }
  }

  #isGood(name: string): boolean {
    return this.#subjects.get(name)?.condition.name === 'good';
  }

  /** Finds incidents whose cause needs the cause of another one that is not well. */
  merge(): void {
    for (const deeper of this.#open) {
      if (deeper.mergedInto !== null || this.#isGood(deeper.cause)) continue;
      const parts = this.#open.filter(
        (one) => one !== deeper && one.mergedInto === null && this.#needs(one.cause, deeper.cause) && isOpen(one),
      );
      if (parts.length === 0) continue;
      // The number that people know stays.
      const [kept, ...others] = [deeper, ...parts].toSorted((a, b) => a.id - b.id) as [Incident, ...Incident[]];
      const { cause, title } = deeper;
      for (const one of others) this.#take(kept, one);
      if (kept !== deeper) {
        Object.assign(kept, { cause, title });
        this.#change(kept, `its cause is ${cause}: ${title}`);
      }
      this.#open = this.#open.filter((one) => one.mergedInto === null);
    }
  }

  #needs(name: string, needed: string): boolean {
    return this.#subjects.get(name)?.needs.includes(needed) === true;
  }

  #take(into: Incident, part: Incident): void {
    for (const one of part.involved) if (!into.involved.some(({ name }) => name === one.name)) into.involved.push(one);
    into.firstFailureAt = Math.min(into.firstFailureAt, part.firstFailureAt);
    into.detectedAt = Math.min(into.detectedAt, part.detectedAt);
    into.actionAt = earliest(into.actionAt, part.actionAt);
    into.recoveredAt = null;
    into.timeline = [...into.timeline, ...part.timeline].toSorted((a, b) => a.at - b.at);
    into.omitted += part.omitted;
    shorten(into);
    this.#worsen(into, part.severity);
    // One that nobody heard of yet needs no end.
    if (!this.#opened.delete(part.id)) this.#merged.push(part);
    Object.assign(part, { mergedInto: into.id, closedAt: this.#wall });
    this.#touched.add(into.id);
  }

  /** Checks that are held back by something that is involved. */
  suppress(): void {
    for (const incident of this.#open) {
      const bad = new Set(incident.involved.filter(({ until }) => until === null).map(({ name }) => name));
      const quiet = [...this.#subjects.values()].filter(
        ({ name, kind, condition, needs }) =>
          kind === 'check' && condition.name === 'unclear' && !bad.has(name) && needs.some((one) => bad.has(one)),
      );
      for (const { name } of quiet) {
        if (incident.suppressed.includes(name)) continue;
        incident.suppressed.push(name);
        this.#touched.add(incident.id);
      }
    }
  }

  note(happened: readonly Happening[]): void {
    for (const one of happened) {
      const incident = this.#open.find(({ involved }) => involved.some(({ name }) => name === one.subject));
      if (incident !== undefined) this.#add(incident, one);
    }
  }

  #add(incident: Incident, happening: Happening): void {
    incident.timeline.push({ at: this.#wall, ...happening });
    shorten(incident);
    if (happening.what === 'action' || happening.what === 'operator') incident.actionAt ??= this.#wall;
    this.#touched.add(incident.id);
  }

  #change(incident: Incident, text: string): void {
    this.#add(incident, { subject: incident.cause, what: 'observation', text });
    if (!this.#opened.has(incident.id)) this.#changed.set(incident.id, text);
  }

  end(): ReturnType<typeof followIncidents> {
    const effects: IncidentEffect[] = this.#merged.map((incident) => ({ type: 'closed', incident }));
    let lookAgainMs: number | null = null;
    const stays: Incident[] = [];
    for (const incident of this.#open) {
      this.#forgetGone(incident);
      const isOver = incident.involved.every(({ until }) => until !== null);
      if (isOver && incident.recoveredAt === null) this.#recover(incident);
      if (this.#opened.has(incident.id)) effects.push({ type: 'opened', incident });
      const text = this.#changed.get(incident.id);
      if (text !== undefined) effects.push({ type: 'updated', incident, text });
      // A wall clock that was set back must not keep it open.
      const steady = incident.recoveredAt === null ? 0 : Math.max(0, this.#wall - incident.recoveredAt);
      if (incident.recoveredAt !== null && (steady >= STEADY_MS || this.#allOff(incident))) {
        incident.closedAt = this.#wall;
        effects.push({ type: 'closed', incident });
        this.#touched.add(incident.id);
      } else {
        stays.push(incident);
        if (incident.recoveredAt !== null) lookAgainMs = Math.min(lookAgainMs ?? Infinity, STEADY_MS - steady);
      }
    }
    const isSame = this.#touched.size === 0 && effects.length === 0;
    return { incidents: isSame ? this.#before : { next: this.#next, open: stays }, effects, lookAgainMs };
  }

  #recover(incident: Incident): void {
    incident.recoveredAt = Math.max(...incident.involved.map(({ until }) => until ?? this.#wall));
    const whats = new Set(incident.timeline.filter(({ at }) => at >= incident.detectedAt).map(({ what }) => what));
    incident.by = whats.has('operator') ? 'operator' : whats.has('action') ? 'mainstay' : 'itself';
    this.#touched.add(incident.id);
  }

  /** Nothing of it is wanted any more: there is nothing to wait for. */
  #allOff({ involved }: Incident): boolean {
    return involved.every(({ name }) => (this.#subjects.get(name)?.condition.name ?? 'off') === 'off');
  }
}

const isOpen = ({ involved }: Incident): boolean => involved.some(({ until }) => until === null);

const titleOf = (name: string, reason: string): string => `${name}: ${reason}`;

function earliest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

/** Leaves out the middle of a timeline that is too long: how it began and how it ended is what explains it. */
function shorten(incident: Incident): void {
  const over = incident.timeline.length - FIRST_ENTRIES - LAST_ENTRIES;
  if (over <= 0) return;
  incident.timeline.splice(FIRST_ENTRIES, over);
  incident.omitted += over;
}
