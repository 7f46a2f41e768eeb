import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemdUnit } from '../../src/cli/init/systemd.ts';

const project = { file: '/srv/my $shop/100%/mainstay.yaml', stateDir: '/srv/my $shop/100%/.mainstay', label: 'shop' };

test('a unit quotes what systemd would take apart or fill in', () => {
  const unit = systemdUnit({ project, stateDir: null, command: ['/usr/bin/node', '/opt/main stay/cli.cjs'] });
  assert.match(
    unit,
    /^ExecStart=\/usr\/bin\/node "\/opt\/main stay\/cli.cjs" up --file "\/srv\/my \$\$shop\/100%%\/mainstay.yaml"$/m,
  );
  assert.match(unit, /^WorkingDirectory=\/srv\/my \$shop\/100%%$/m);
  for (const line of ['KillMode=process', 'Delegate=yes', 'Restart=on-failure', 'WantedBy=multi-user.target']) {
    assert.ok(unit.split('\n').includes(line), line);
  }
});

test('systemd finds nothing wrong with it', (t) => {
  if (spawnSync('systemd-analyze', ['--version']).status !== 0) {
    // Nothing to compare with; the other test pins the lines.
    t.diagnostic('systemd-analyze is not installed');
    return;
  }
  const directory = mkdtempSync(join(tmpdir(), 'mainstay-unit-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'shop.service');
  const own = { file: join(directory, 'mainstay.yaml'), stateDir: join(directory, '.mainstay'), label: 'shop' };
  writeFileSync(
    file,
    systemdUnit({ project: own, stateDir: null, command: [process.execPath, '/opt/main stay/cli.cjs'] }),
  );
  const { stdout, stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
  const said = (stdout + stderr)
    .split('\n')
    .filter((line) => line.includes('shop.service'))
    // Known from 254 on, and ignored before.
    .filter((line) => !line.includes("Unknown key 'DelegateSubgroup'"));
  assert.deepEqual(said, []);
});
