import type { Messenger } from '../ports/index.ts';

/** Everything arrives at once. */
export const PROMPT_MESSENGER: Messenger = {
  render: () => Promise.resolve([]),
  send: () => Promise.resolve({ result: 'delivered', remark: null }),
};
