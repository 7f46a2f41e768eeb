import { statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { EXIT } from '@mainstay/protocol';
import { usage } from '../framework/index.ts';
import type { Context } from '../framework/index.ts';
import { FILE_NAME, locateFile } from '../project/locate.ts';

export async function run(context: Context): Promise<number> {
  const { flags, io, json, values } = context;
  if (flags.has('systemd')) return printUnit(context);
  const stdout = flags.has('stdout') || flags.has('dry-run');
  if (stdout && flags.has('force')) {
    throw usage('cannot use --force here: with --stdout nothing is written', 'mainstay init --stdout');
  }
  const { renderInit, runInit } = await import('../init/index.ts');
  const from = values.get('from');
  const result = await runInit({
    directory: io.cwd,
    ...fileOption(values.get('file'), io.cwd),
    ...(from === undefined ? {} : { from }),
    force: flags.has('force'),
    stdout,
  });
  if (json) {
    io.out(`${JSON.stringify(result, null, 2)}\n`);
    return EXIT.done;
  }
  if (stdout) io.out(result.text);
  (stdout ? io.err : io.out)(renderInit(result, io.columns()));
  return EXIT.done;
}

/** A unit for the project as it is called now; nothing is written. */
async function printUnit(context: Context): Promise<number> {
  const { io, values } = context;
  const project = locateFile(context);
  const { systemdUnit } = await import('../init/systemd.ts');
  const command = [process.execPath, resolve(process.argv[1] ?? '')];
  const stateDir = values.get('state-dir') === undefined ? null : project.stateDir;
  io.out(systemdUnit({ project: { ...project, label: basename(dirname(project.file)) }, stateDir, command }));
  io.err(
    `mainstay: as root: mainstay init --systemd >/etc/systemd/system/NAME.service, then systemctl enable --now NAME\n`,
  );
  return EXIT.done;
}

/** A directory given with -f means the file in it. */
function fileOption(option: string | undefined, cwd: string): { file?: string } {
  if (option === undefined) return {};
  const isDirectory = statSync(resolve(cwd, option), { throwIfNoEntry: false })?.isDirectory() === true;
  return { file: isDirectory ? join(option, FILE_NAME) : option };
}
