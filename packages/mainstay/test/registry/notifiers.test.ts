import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { SENDERS, createMessenger } from '../../src/registry/messenger.ts';
import { notifiersReference } from '../../src/registry/notifiers-reference.ts';
import { NOTIFIERS } from '../../src/registry/notifiers.ts';
import { message, sendContext } from '../kinds/notifiers/message.ts';

const src = join(import.meta.dirname, '../../src');
const reference = join(import.meta.dirname, '../../../../docs/reference/notifiers.md');

test('folders, definitions and senders are the same list', async () => {
  const folders = readdirSync(join(src, 'kinds/notifiers')).sort();
  assert.deepEqual(Object.keys(NOTIFIERS).sort(), folders);
  assert.deepEqual(Object.keys(SENDERS).sort(), folders);
  for (const [kind, notifier] of Object.entries(NOTIFIERS)) {
    assert.equal(notifier.kind, kind);
    const runner = await SENDERS[kind]!();
    assert.equal((await notifier.run()).send, runner.send, kind);
    assert.deepEqual(runner.SECRETS, notifier.secrets, kind);
    for (const key of [notifier.main, ...notifier.secrets]) {
      assert.ok(key === null || Object.hasOwn(notifier.schema.shape, key), `${kind}: ${key}`);
    }
  }
});

test('every key is described, and the reference is what the definitions say', () => {
  const text = notifiersReference();
  assert.doesNotMatch(text, /\| {2}\|$/m);
  assert.equal(readFileSync(reference, 'utf8'), text, 'run: node scripts/docs.ts');
});

test('sending loads no schema, and the mail library only with mail', () => {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    const { SENDERS } = await import(${JSON.stringify(join(src, 'registry/messenger.ts'))});
    for (const load of Object.values(SENDERS)) await load();
    console.log(loaded.join(' '));
  `;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  assert.match(output, /notifiers\/email\/run\.ts/);
  assert.doesNotMatch(output, /zod|nodemailer/);
});

function wrong(kind: string, target: unknown): string[] {
  const { issues } = NOTIFIERS[kind]!.schema.safeParse(target).error!;
  return issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

test('defaults are filled in and mistakes are named', () => {
  assert.deepEqual(NOTIFIERS['webhook']!.schema.parse({ url: '${HOOK}' }), { url: '${HOOK}', secret: [], headers: {} });
  assert.deepEqual(wrong('webhook', { url: 'example.org' }), ['url: must be an http:// or https:// URL']);
  assert.deepEqual(wrong('webhook', { url: 'https://x/', secret: 'plain' }), [
    'secret: must be "whsec_" and the key in base64',
  ]);
  assert.deepEqual(NOTIFIERS['telegram']!.schema.parse({ token: 't', chat: -1001 }), {
    token: 't',
    chat: '-1001',
    api: 'https://api.telegram.org',
  });
  assert.match(wrong('ntfy', { url: 'https://ntfy.sh/' })[0]!, /must end in the name of a topic/);
  assert.match(wrong('email', { to: 'a@b', smtp: 'mail.example.org' })[0]!, /smtp: must be an smtp:\/\//);
  assert.deepEqual(NOTIFIERS['email']!.schema.parse({ to: 'a@b', smtp: 'smtp://x' }), {
    to: ['a@b'],
    smtp: 'smtp://x',
  });
  assert.match(wrong('email', { to: 'a@b\r\nBcc: c@d', smtp: 'smtp://x' })[0]!, /to: must be one line each/);
});

test('the messenger never rejects, and hides what is secret', async () => {
  const odd = {
    SECRETS: ['key'],
    render: () => ['key=tell-nobody'],
    send: () => Promise.reject(new Error('out of tell-nobody and open-sesame')),
  };
  const messenger = createMessenger({ odd: () => Promise.resolve(odd) });
  const target = { key: 'tell-nobody' };
  const context = sendContext({ variables: { TEAM_TOKEN: 'open-sesame' } });
  assert.deepEqual(await messenger.send('odd', target, message(), context), {
    result: 'permanent',
    reason: 'the message could not be sent: out of *** and ***',
  });
  assert.deepEqual(await messenger.render('odd', target, message()), ['key=***']);
  const stranger = await messenger.send('toString', {}, message(), context);
  assert.match(stranger.result === 'permanent' ? stranger.reason : '', /"toString" is not a kind/);
});
