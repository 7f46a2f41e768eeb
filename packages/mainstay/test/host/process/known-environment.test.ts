import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { knownEnvironment } from '../../../src/host/process/index.ts';
import { createProber } from '../../../src/registry/runners.ts';
import { servicePlan } from '../../../src/sim/plan.ts';
import { context } from '../../kinds/context.ts';

const directory = mkdtempSync(join(tmpdir(), 'known-'));
after(() => rmSync(directory, { recursive: true, force: true }));
const base = { PATH: process.env['PATH'] ?? '/usr/bin:/bin' };
const options = { directory: () => directory, process: { FROM_SHELL: 'shell' }, base };

test('a probe knows what its program would know, and what cannot be read is left out', () => {
  writeFileSync(join(directory, '.env'), 'FROM_DOTENV=dotenv\n');
  writeFileSync(join(directory, 'extra.env'), 'FROM_FILE=file\n');
  const service = servicePlan('web', {
    envFiles: [join(directory, 'extra.env'), join(directory, 'missing.env')],
    environment: { URL: 'http://${FROM_DOTENV}/${INSTANCE}' },
  });
  const { values, lookup } = knownEnvironment(options, service, 1);
  assert.equal(values['URL'], 'http://dotenv/1');
  assert.equal(values['FROM_FILE'], 'file');
  assert.equal(values['PATH'], base.PATH);
  assert.equal(values['FROM_SHELL'], undefined);
  assert.deepEqual(['FROM_SHELL', 'FROM_DOTENV', 'NOBODY_SETS_THIS'].map(lookup), ['shell', 'dotenv', undefined]);
});

const asRoot = process.getuid?.() === 0;

test('an exec probe runs as the user of its service', { skip: !asRoot && 'needs root' }, async () => {
  const service = servicePlan('web', { user: 'nobody' });
  const { values, asUser } = knownEnvironment(options, service, 0);
  const observation = await createProber().probe(
    'exec',
    { command: ['id', '-un'] },
    { ...context({ environment: values }), asUser },
  );
  assert.deepEqual([observation.status, observation.message], ['pass', 'nobody']);
  assert.equal(execFileSync('id', ['-un'], { encoding: 'utf8' }).trim(), 'root');
});

test('a user that does not exist never means root, and leaves the result unknown', async () => {
  const service = servicePlan('web', { user: 'nobody-of-this-name' });
  const { values, asUser } = knownEnvironment(options, service, 0);
  const observation = await createProber().probe(
    'exec',
    { command: ['id', '-un'] },
    { ...context({ environment: values }), asUser },
  );
  const { status, message } = observation;
  assert.equal(`${status}: ${message}`, 'unknown: cannot become the user of the service (exit code 126)');
});
