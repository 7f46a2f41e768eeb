// Every service of a real system is hit in every way.
import { test } from 'node:test';
import { HITS, SERVICES, hit, possible } from '../support/hits.ts';
import { webStack } from '../support/web-stack.ts';

test('the web stack survives every hit on every service', { timeout: 290_000 }, async (t) => {
  const stack = await webStack((line) => t.diagnostic(line));
  t.after(() => stack.system.end());
  await stack.system.succeeds('up', '-d');
  for (const how of HITS) {
    for (const service of SERVICES.filter((one) => possible(one, how))) {
      await t.test(`${service}: ${how}`, () => hit(stack, service, how));
    }
  }
  await stack.system.down();
});
