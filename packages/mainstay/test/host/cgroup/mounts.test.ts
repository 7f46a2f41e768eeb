import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { groupDirectory, groupPath, parseCgroupMounts } from '../../../src/host/cgroup/index.ts';

const HYBRID = `31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
39 31 0:36 / /sys/fs/cgroup/pids rw,relatime shared:9 - cgroup cgroup rw,pids
40 31 0:37 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 master:2 - cgroup cgroup rw,cpu,cpuacct
41 31 0:38 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
42 31 0:39 / /mnt/odd\\040place rw,relatime - cgroup2 cgroup2 rw,nsdelegate
`;

describe('cgroup hierarchies', () => {
  it('are found wherever they are mounted, hybrid ones included', () => {
    assert.deepEqual(parseCgroupMounts(HYBRID), [
      { version: 1, controllers: ['pids'], root: '/', path: '/sys/fs/cgroup/pids' },
      { version: 1, controllers: ['cpu', 'cpuacct'], root: '/', path: '/sys/fs/cgroup/cpu,cpuacct' },
      { version: 1, controllers: ['xattr', 'name=systemd'], root: '/', path: '/sys/fs/cgroup/systemd' },
      { version: 2, controllers: [], root: '/', path: '/mnt/odd place' },
    ]);
    assert.deepEqual(parseCgroupMounts(''), []);
  });

  it('tell the group of a process', () => {
    const [pids, cpu, systemd, unified] = parseCgroupMounts(HYBRID);
    assert.ok(pids && cpu && systemd && unified);
    const membership = '9:name=systemd:/init.scope\n8:pids:/a:b\n7:cpu,cpuacct:/c\n0::/user.slice/session-1.scope\n';
    assert.equal(groupPath(membership, pids), '/a:b');
    assert.equal(groupPath(membership, cpu), '/c');
    assert.equal(groupPath(membership, systemd), '/init.scope');
    assert.equal(groupPath(membership, unified), '/user.slice/session-1.scope');
    assert.equal(groupPath('8:memory:/x\n', pids), null);
  });

  it('are found below the part that is mounted, as in a container', () => {
    const mount = { version: 2, controllers: [], root: '/docker/abc', path: '/sys/fs/cgroup' } as const;
    const copy = { ...mount, controllers: [] };
    assert.equal(groupDirectory(copy, '/docker/abc'), '/sys/fs/cgroup');
    assert.equal(groupDirectory(copy, '/docker/abc/app'), '/sys/fs/cgroup/app');
    assert.equal(groupDirectory(copy, '/docker/abcdef'), '/sys/fs/cgroup');
    assert.equal(groupDirectory(copy, '/'), '/sys/fs/cgroup');
    assert.equal(groupDirectory({ ...copy, root: '/' }, '/a/b'), '/sys/fs/cgroup/a/b');
    assert.equal(groupDirectory({ ...copy, root: '/' }, '/'), '/sys/fs/cgroup');
  });
});
