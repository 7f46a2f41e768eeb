import { plainWords } from '../words.ts';

/** What the last stage of a Dockerfile runs: `exec` arrays, or lines for a shell. */
export interface DockerfileCommand {
  entrypoint: string[] | null;
  command: string[] | string | null;
  /** Line of the instruction that names the program. */
  line: number;
}

/** Reads ENTRYPOINT and CMD (Dockerfile reference) of a Dockerfile's last stage. */
export function dockerfileCommand(text: string): DockerfileCommand {
  const found: DockerfileCommand = { entrypoint: null, command: null, line: 1 };
  const lines = text.split(/\r?\n/);
  for (let at = 0; at < lines.length; at += 1) {
    const line = at + 1;
    let instruction = lines[at] ?? '';
    while (/\\\s*$/.test(instruction) && at + 1 < lines.length) {
      at += 1;
      instruction = `${instruction.replace(/\\\s*$/, '')} ${(lines[at] ?? '').trim()}`;
    }
    const match = /^\s*(FROM|ENTRYPOINT|CMD)\s+(.*)$/i.exec(instruction);
    const word = match?.[1]?.toUpperCase();
    const rest = match?.[2]?.trim() ?? '';
    if (word === 'FROM') Object.assign(found, { entrypoint: null, command: null });
    else if (word === 'CMD') Object.assign(found, { command: execForm(rest) ?? rest, line });
    else if (word === 'ENTRYPOINT') {
      // An ENTRYPOINT forgets the CMD before it, and its shell form runs without any CMD.
      Object.assign(found, { entrypoint: execForm(rest) ?? plainWords(rest, { braces: true }), command: null, line });
    }
  }
  return found;
}

function execForm(text: string): string[] | null {
  if (!text.startsWith('[')) return null;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : null;
  } catch {
    return null;
  }
}
