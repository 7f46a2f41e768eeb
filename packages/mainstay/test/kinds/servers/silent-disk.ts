/** A file system that never answers: whoever asks it anything waits, as for a server that is gone. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';

/**
 * Mounts one of which nobody is the server (Documentation/filesystems/fuse), and ends it when its input ends, however that happens:
 * whoever waits for it gets an error then.
 */
const KEEPER = `
exec 7<>/dev/fuse || exit 1
mount -i -t fuse -o fd=7,rootmode=40000,user_id=0,group_id=0 silent "$0" || exit 1
echo mounted
cat >/dev/null
umount -f "$0"
umount -l "$0" 2>/dev/null
exit 0
`;

export interface SilentDisk extends AsyncDisposable {
  path: string;
}

/** null where none can be mounted, which needs root and FUSE. */
export async function mountSilentDisk(path: string): Promise<SilentDisk | null> {
  mkdirSync(path);
  const keeper = spawn('/bin/sh', ['-c', KEEPER, path], { detached: true, stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = once(keeper, 'exit');
  const isMounted = await Promise.race([once(keeper.stdout, 'data').then(() => true), ended.then(() => false)]);
  if (!isMounted) return null;
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      keeper.stdin.end();
      await ended;
    },
  };
}
