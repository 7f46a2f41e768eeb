import type { Observation } from '../ports/index.ts';

/** One run of a check, as monitor.log has it: with the time of each phase. */
export function runLine(wall: number, name: string, kind: string, observation: Observation): string {
  const { status, message, latencyMs } = observation;
  const phases = phasesOf(observation).map(([phase, ms]) => `${phase}=${ms}ms`);
  const timings = phases.length === 0 ? '' : ` (${phases.join(' ')})`;
  return `${new Date(wall).toISOString()} ${name} ${kind} ${status} ${Math.round(latencyMs)}ms${timings} ${message}`;
}

/** The phases of a run that the kind timed apart, in order: `connect`, `tls`, `first_byte` … */
export function phasesOf({ data }: Pick<Observation, 'data'>): [phase: string, ms: number][] {
  return Object.entries(data ?? {}).flatMap(([key, value]) =>
    key.endsWith('_ms') && typeof value === 'number' ? [[key.slice(0, -'_ms'.length), value]] : [],
  );
}
