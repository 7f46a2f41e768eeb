import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import type { Project } from '../project/locate.ts';

/** What a unit needs to know. */
export interface UnitOptions {
  project: Project & { file: string };
  /** The state directory was named, and is not the one beside the file. */
  stateDir: string | null;
  /** The words that call mainstay, absolute. */
  command: readonly string[];
}

/**
 * A unit for systemd, so that a project runs from boot on.
 *
 * - `up` in the foreground is what systemd watches: it ends with a failure when guardian and daemon were killed, and the
 *   next one adopts what runs. So systemd may end no more than that process, and services are stopped in order by `ExecStop`.
 * - systemd runs `ExecStop` also after a failure, then without MAINPID: then services are to run on.
 * - `Delegate`: mainstay makes control groups of its own below that of the unit, and with `DelegateSubgroup` (systemd 254) is not
 *   in that one itself: only then may the kernel hold limits below it. Older ones ignore the line.
 *
 * Quoting: systemd.syntax(7), systemd.service(5) "Command lines", systemd.unit(5) "Specifiers".
 */
export function systemdUnit({ project, stateDir, command }: UnitOptions): string {
  const options = ['--file', project.file, ...(stateDir === null ? [] : ['--state-dir', stateDir])];
  const line = (...words: string[]): string => [...command, ...words, ...options].map(quoted).join(' ');
  const user = userInfo();
  return `[Unit]
Description=${plain(project.label)} (mainstay)
Wants=network-online.target
After=network-online.target local-fs.target
StartLimitIntervalSec=0

[Service]
Type=exec
WorkingDirectory=${plain(dirname(project.file))}
ExecStart=${line('up')}
ExecReload=${line('apply')}
ExecStop=/bin/sh -c 'test -z "$$MAINPID" || exec "$$0" "$$@"' ${line('down')}
Restart=on-failure
RestartSec=1
KillMode=process
Delegate=yes
DelegateSubgroup=mainstay-daemon
TimeoutStopSec=infinity
${user.uid === 0 ? '' : `User=${user.username}\n`}
[Install]
WantedBy=multi-user.target
`;
}

/** A value of its own: only specifiers mean something in it. */
function plain(value: string): string {
  return value.replaceAll('%', '%%').replaceAll('\n', ' ');
}

/** A word of a command line. */
function quoted(word: string): string {
  const text = plain(word).replaceAll('$', '$$$$');
  return /^[\w./:@=+%$-]+$/.test(text) ? text : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
