import type { Note } from '../../config/import/index.ts';

const TITLES: [Note['kind'], string][] = [
  ['dropped', 'Not carried over:'],
  ['approximated', 'Carried over with a difference:'],
  ['advice', 'Carried over; please look at it:'],
];

/** All notes as lines of at most `width` characters where words allow it, grouped by what happened. */
export function noteLines(notes: readonly Note[], width: number): string[] {
  return TITLES.flatMap(([kind, title]) => {
    const group = notes.filter((note) => note.kind === kind);
    if (group.length === 0) return [];
    return [title, ...group.flatMap((note) => oneNote(note, width)), ''];
  }).slice(0, -1);
}

function oneNote(note: Note, width: number): string[] {
  const instead = note.instead === 'nothing' ? 'nothing to do' : note.instead;
  return [
    ...wrap(`${note.where}: ${note.what}`, width, '  ', '      '),
    ...wrap(note.why, width, '      ', '      '),
    ...wrap(`→ ${instead}`, width, '      ', '        '),
  ];
}

function wrap(text: string, width: number, first: string, others: string): string[] {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(' ')) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = others;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line];
}
