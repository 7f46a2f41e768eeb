import type { Sight } from '../alert/types.ts';
import type { Agreement, Claim } from './types.ts';

/**
 * What one monitor tells people of a subject, from what it sees itself, and what all say together. Nothing begins without a claim, and
 * what was told ends for everybody who was told when more than half say that it is up.
 */
export function sightOf(own: Sight, claim: Claim, agreement: Agreement): Sight {
  if (agreement === 'up') return 'well';
  if (claim !== 'held') return own === 'well' ? 'well' : 'unsure';
  return typeof own === 'string' ? 'unsure' : own;
}
