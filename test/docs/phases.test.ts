/** The diagram of the phases in docs/concepts.md has the arrows of the life table, no more and no fewer. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { stepLife } from '../../packages/mainstay/src/core/life/index.ts';
import { EVENTS, STATES, contextOf } from '../../packages/mainstay/test/core/life/cells.ts';
import { readPage } from './markdown.ts';

/** What decides where an end leads to. */
const CONTEXTS = [
  contextOf(),
  contextOf({ ready: { by: 'start' } }),
  contextOf({ restart: 'no' }),
  contextOf({ restartPolicy: { ...contextOf().service.restartPolicy, maxAttempts: 0 } }),
  contextOf({}, 'maintenance'),
];
const EVENTS_AND_A_PLAIN_FAILURE = {
  ...EVENTS,
  'exited 1': { ...EVENTS['exited 0'], exit: { code: 1, signal: null, known: true } } as (typeof EVENTS)[string],
};
/** What you ask for leads everywhere; the page says so in words. */
const ON_PURPOSE = new Set(['start', 'stop', 'stop now', 'restart']);

it('the diagram of the phases is that of the program', () => {
  const arrows = new Set(['stopped --> waiting']);
  for (const state of Object.values(STATES)) {
    for (const [name, event] of Object.entries(EVENTS_AND_A_PLAIN_FAILURE)) {
      if (ON_PURPOSE.has(name)) continue;
      for (const context of CONTEXTS) {
        const { phase } = stepLife(state, event, context).state;
        if (phase !== state.phase) arrows.add(`${state.phase} --> ${phase}`);
      }
    }
  }
  const diagram = readPage('docs/concepts.md').fences.find(({ words }) => words[0] === 'mermaid');
  const drawn = [...diagram!.text.matchAll(/^ *(\w+ --> \w+)/gm)].map((match) => match[1]);
  assert.deepEqual(drawn.toSorted(), [...arrows].toSorted());
});
