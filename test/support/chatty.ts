/** Services that log hard, and the account of what they wrote. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { account } from './lines.ts';
import { PROGRAMS, type System } from './system.ts';

const logger = JSON.stringify(join(PROGRAMS, 'logger.mjs'));
const CHATTY = ['one', 'two', 'three', 'four', 'five'];
/** Five of them, and two that do nothing. */
export const CHATTY_FILE = `
services:
${CHATTY.map((name) => `  ${name}: { command: [node, ${logger}, ${name}, ., "10", "5"], logging: { max_size: 1MB, max_files: 1000 } }`).join('\n')}
  quiet: { command: [sleep, "86400"], restart_policy: { delay: 10ms } }
  other: { command: [sleep, "86400"] }
`;

/** Brings everything down. Every line of the services that log hard is in their logs, once. */
export async function accountForLines(system: System, t: TestContext): Promise<void> {
  await system.down();
  for (const name of CHATTY) {
    const { lines, runs, problems } = account(name, system.log(name), system.folder);
    assert.deepEqual(problems, []);
    assert.equal(runs, 1);
    assert.ok(lines > 500, `${name}: ${lines} lines`);
    t.diagnostic(`${name}: ${lines} lines`);
  }
}
