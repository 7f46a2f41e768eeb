import type { ProbePorts } from '../daemon/ports.ts';
import { createClock } from '../host/clock/index.ts';
import { knownEnvironment, projectEnvironment, type ProgramSourceOptions } from '../host/process/index.ts';
import type { Clock } from '../ports/index.ts';
import { createProber } from '../registry/runners.ts';

/** Where the environment of programs comes from, and of the probes of services. */
export interface ProgramSources extends ProgramSourceOptions {
  base: Readonly<Record<string, string>>;
}

/** @param directory of mainstay.yaml, asked each time */
export function programSources(directory: () => string): ProgramSources {
  return { directory, process: process.env, base: baseEnvironment() };
}

/** What runs probes for real. */
export function probePorts(sources: ProgramSources, clock: Clock): ProbePorts {
  return {
    clock,
    prober: createProber(),
    environment: (service, index) => knownEnvironment(sources, service, index),
    projectEnvironment: (user) => projectEnvironment(sources, user),
  };
}

/** The same for a command, of a project in this directory. */
export function probesOf(directory: string): ProbePorts {
  return probePorts(
    programSources(() => directory),
    createClock(),
  );
}

/** What programs get of the machine's environment: nothing of a shell's. */
function baseEnvironment(): Record<string, string> {
  const base: Record<string, string> = {
    PATH: process.env['PATH'] ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  };
  for (const name of ['LANG', 'TZ']) {
    const value = process.env[name];
    if (value !== undefined) base[name] = value;
  }
  return base;
}
