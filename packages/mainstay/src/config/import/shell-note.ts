import { brief } from './notes.ts';
import type { Notes } from './notes.ts';
import type { ShellCommand } from './shell.ts';

/** Says that a command needs a shell, and how to keep it out of the way of signals; or what differs without one. */
export function noteShell(command: string, made: ShellCommand, where: string, notes: Notes): void {
  for (const name of made.unquoted.filter((variable) => variable !== 'PORT')) {
    notes.approximated(
      where,
      `$${name} in "${brief(command)}"`,
      'a shell makes several arguments of a value with spaces; here it is one argument',
      'write the arguments themselves if it has spaces',
    );
  }
  if (!made.shell) return;
  const simpleEnd = !/(?:^|\s)exec\s/.test(command);
  notes.advice(
    where,
    `command "${brief(command)}"`,
    'it needs a shell, so it is run as [sh, -c, …]',
    simpleEnd
      ? "write exec before its last program, so that signals and the exit code are that program's"
      : 'nothing, if exec stands before its last program',
  );
}
