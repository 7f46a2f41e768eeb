import { join } from 'node:path';
import { balanced } from '../errors.ts';
import { brief } from '../notes.ts';
import { literal, shellCommand } from '../shell.ts';
import { get, text, texts } from '../tree.ts';
import type { Tree } from '../tree.ts';
import { plainWords } from '../words.ts';
import { dockerfileCommand } from './dockerfile.ts';
import { programOf } from './images.ts';
import { interpolate } from './interpolate.ts';
import type { ServiceContext } from './service.ts';

/** What a service runs as a plain program, or null when the file does not say it. */
export function readCommand(name: string, tree: Tree, where: string, context: ServiceContext): string[] | null {
  const entrypoint = words(get(tree, 'entrypoint'), context);
  const command = words(get(tree, 'command'), context);
  const image = text(get(tree, 'image'));
  const build = get(tree, 'build');
  if (entrypoint && entrypoint.length > 0) return [...entrypoint, ...(command ?? [])];
  if (build) return fromBuild(name, build, command, where, context);
  if (image !== null) return fromImage(name, image, get(tree, 'image')?.at ?? where, command, context);
  if (command && command.length > 0) return command;
  context.notes.dropped(where, `service ${name}`, 'it has neither command nor image', 'write it with a command');
  return null;
}

/** A command in compose's string or list form, as templates. */
function words(tree: Tree | undefined, context: ServiceContext): string[] | null {
  if (!tree) return null;
  const where = tree.at;
  if (tree.kind === 'list') return texts(tree).map((word) => interpolate(word, where, context.notes));
  const line = text(tree);
  if (line === null) return null;
  return balanced(where, 'a command', () =>
    plainWords(line, { braces: true }).map((word) => interpolate(word, where, context.notes)),
  );
}

function fromImage(name: string, image: string, where: string, command: string[] | null, context: ServiceContext) {
  const known = programOf(image);
  // The images' entrypoints put their program before arguments that are only options.
  const complete = command && command.length > 0 && !command[0]?.startsWith('-');
  if (complete && (!known || known.command[0] !== 'minio')) {
    context.notes.approximated(
      where,
      `image ${image}`,
      `there is no container: ${command[0]} of this machine is run`,
      known ? known.prepare : `install what ${name} needs`,
    );
    return command;
  }
  if (!known) {
    context.notes.dropped(
      where,
      `service ${name} (image ${image})`,
      'the file does not say which program the image runs',
      `see "docker inspect ${image}" for its Entrypoint and Cmd, install the program and add the service with its command`,
    );
    return null;
  }
  const program = command && command.length > 0 ? [known.command[0] ?? '', ...command] : known.command;
  context.notes.approximated(
    where,
    `image ${image}`,
    `there is no container: "${brief(program.join(' '))}" is suggested as its command`,
    known.prepare,
  );
  return program;
}

/** A service that is built: its program stands in the Dockerfile unless `command` says it. */
function fromBuild(name: string, build: Tree, command: string[] | null, where: string, context: ServiceContext) {
  const folder = text(build) ?? text(get(build, 'context')) ?? '.';
  const file = text(get(build, 'dockerfile')) ?? 'Dockerfile';
  const path = join(context.directory, folder, file);
  const at = build.at;
  const found = text(get(build, 'dockerfile_inline')) ?? context.around.read(path);
  const docker = found === null ? null : balanced(at, 'its Dockerfile', () => dockerfileCommand(found));
  const tell = (program: string[], from: string) => {
    context.notes.approximated(
      at,
      `build ${folder}`,
      `nothing is built: "${brief(program.join(' '))}"${from} is run in ${folder}`,
      `install what the Dockerfile installs, or write a task that does it and let ${name} depend on it`,
    );
    return program;
  };
  const entry = docker?.entrypoint?.map(literal) ?? [];
  if (command && command.length > 0) return tell([...entry, ...command], '');
  if (docker && (entry.length > 0 || docker.command !== null)) {
    const rest = runOf(docker.command, at);
    return tell([...entry, ...rest], ` (${context.around.label(path)}:${docker.line})`);
  }
  context.notes.dropped(
    where,
    `service ${name}`,
    `neither it nor ${context.around.label(path)} says what it runs`,
    'add it with its command',
  );
  return null;
}

function runOf(command: string[] | string | null, where: string): string[] {
  if (typeof command !== 'string') return (command ?? []).map(literal);
  return balanced(where, 'its Dockerfile', () => shellCommand(command).command);
}
