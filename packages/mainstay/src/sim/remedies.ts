import type { RemedyHost, StepResult } from '../ports/index.ts';
import type { Simulation } from './simulation.ts';

/** An answer of the layers below takes up to so long, and an action, ms. */
const ANSWER_MS = 12_000;
const ACTION_MS = 40_000;

/** The layers below a check, of the virtual machine: they know of a program that hangs. Without a draw: a seed stays what it is. */
export function simRemedies({ machine, clock }: Simulation): RemedyHost {
  const after = <T>(mostMs: number, value: () => T): Promise<T> =>
    new Promise((resolve) => clock.at(Math.round(clock.mono * 7) % mostMs, () => resolve(value())));
  const done = (text: string): Promise<StepResult> => after(ACTION_MS, () => ({ ok: true, text, data: {} }));
  return {
    ask: ({ processes }) =>
      after(ANSWER_MS, () => {
        const hangs = processes.some(({ pid }) => machine.processes.get(pid)?.hanging !== false);
        const text = hangs ? 'it hangs' : 'nothing is wrong with its processes';
        return { word: hangs ? 'broken' : 'silent', text, evidence: { found: text, processes: [] } };
      }),
    run: () => done('done'),
    clean: () => done('deleted 0 files'),
  };
}
