import type { ObservationStatus, Phase } from '@mainstay/protocol';

export type Colour = 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'grey' | 'bold';

const CODES: Record<Colour, readonly [number, number]> = {
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
  grey: [90, 39],
  bold: [1, 22],
};

/** Colours a text, or leaves it alone. */
export type Style = (colour: Colour, text: string) => string;

export const plain: Style = (_colour, text) => text;
export const coloured: Style = (colour, text) => {
  const [on, off] = CODES[colour];
  return `\u001b[${on}m${text}\u001b[${off}m`;
};

/**
 * Colours only on a terminal that wants them: see https://no-color.org (a non-empty NO_COLOR turns
 * them off), and TERM=dumb.
 */
export function chooseStyle(
  isTerminal: boolean,
  env: Readonly<Record<string, string | undefined>>,
  off: boolean,
): Style {
  const unwanted = off || (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return isTerminal && !unwanted ? coloured : plain;
}

/** What a result of a check looks like. */
export function statusColour(status: ObservationStatus): Colour {
  return ({ pass: 'green', warn: 'yellow', fail: 'red', unknown: 'cyan' } as const)[status];
}

/** What a phase looks like: good, in between, or bad. */
export function phaseColour(phase: Phase): Colour {
  switch (phase) {
    case 'ready':
    case 'completed':
      return 'green';
    case 'fatal':
    case 'unkillable':
      return 'red';
    case 'backoff':
    case 'cooldown':
      return 'yellow';
    case 'stopped':
      return 'grey';
    default:
      return 'cyan';
  }
}
