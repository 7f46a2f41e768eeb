/** A disk of a test's own: an ext4 file system in a file, that can be frozen, filled and broken. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** Whoever waits for a frozen disk cannot be killed: after this long it is thawed whatever the test does. */
const LONGEST_FREEZE_SECONDS = 120;
const MB = 1 << 20;

const RESCUE = `sleep ${LONGEST_FREEZE_SECONDS}; fsfreeze -u "$0"`;

/**
 * Does what it reads, and answers with the exit code. When the test is gone, however it ended, it thaws the disk and removes
 * everything: a disk that stays frozen could never be removed, nor whoever waits for it.
 */
const KEEPER = `
disk=$1 folder=$2 rescue=
thaw() {
  # All of its session, which it may only just be making.
  while test -n "$rescue" && kill -0 "$rescue" 2>/dev/null && ! kill -KILL "-$rescue" 2>/dev/null; do sleep 0.01; done
  rescue=
  fsfreeze -u "$disk"
}
while read -r command; do
  case $command in
    freeze)
      fsfreeze -f "$disk"; code=$?
      setsid sh -c '${RESCUE}' "$disk" >/dev/null & rescue=$! ;;
    thaw) thaw; code=$? ;;
  esac
  echo "$code"
done
thaw
umount -l "$disk"
rm -rf "$folder"
`;

type Command = 'freeze' | 'thaw';

/** Why a test is skipped where there can be none. */
export const NEEDS_DISK = 'needs root, loop devices and ext4, to freeze a file system';

export class Disk implements AsyncDisposable {
  /** Where it is mounted. */
  readonly path: string;
  readonly #folder: string;
  readonly #keeper: ChildProcess;
  #frozen = false;

  private constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, 'disk');
    const words = ['-c', KEEPER, 'keeper', this.path, folder];
    this.#keeper = spawn('/bin/sh', words, { detached: true, stdio: ['pipe', 'pipe', 'ignore'] });
  }

  /** A new disk; null where none can be mounted or frozen, which needs root, loop devices and ext4. */
  static async make(megabytes = 64): Promise<Disk | null> {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mainstay-disk-')));
    const image = join(folder, 'image');
    mkdirSync(join(folder, 'disk'));
    writeFileSync(image, '');
    truncateSync(image, megabytes * MB);
    const made =
      spawnSync('mkfs.ext4', ['-q', '-F', '-m', '0', image]).status === 0 &&
      spawnSync('mount', ['-o', 'loop,errors=remount-ro', image, join(folder, 'disk')]).status === 0;
    if (!made) {
      rmSync(folder, { recursive: true });
      return null;
    }
    const disk = new Disk(folder);
    if ((await disk.#tell('freeze')) === 0 && (await disk.#tell('thaw')) === 0) return disk;
    await disk[Symbol.asyncDispose]();
    return null;
  }

  /** A state directory on it, relative to a system's folder. */
  get stateDir(): string {
    return join('..', basename(this.#folder), 'disk', 'state');
  }

  /** From now on nobody can write: whoever does waits. */
  async freeze(): Promise<void> {
    await this.#must('freeze');
    this.#frozen = true;
  }

  async thaw(): Promise<void> {
    if (!this.#frozen) return;
    this.#frozen = false;
    await this.#must('thaw');
  }

  /** From now on it is read-only for good, as after an error of the hardware (Documentation/ABI/testing/sysfs-fs-ext4). */
  fail(): void {
    const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
    const device = mounts.find((line) => line.split(' ')[1] === this.path)?.split(' ')[0] ?? '';
    writeFileSync(`/sys/fs/ext4/${basename(device)}/trigger_fs_error`, 'a test');
  }

  /** Takes all the space there is, and goes on taking what becomes free until `empty`. */
  fill(): void {
    for (const size of [MB, 4096, 1]) {
      try {
        for (;;) writeFileSync(join(this.path, 'ballast'), Buffer.alloc(size), { flag: 'a' });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    }
  }

  empty(): void {
    rmSync(join(this.path, 'ballast'), { force: true });
  }

  /** Makes files until there can be no more, although there is space. */
  takeInodes(): void {
    const folder = join(this.path, 'many');
    mkdirSync(folder);
    for (let number = statfsSync(this.path).ffree; number > 0; number--) writeFileSync(join(folder, `${number}`), '');
  }

  giveInodes(): void {
    rmSync(join(this.path, 'many'), { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#keeper, 'exit');
    this.#keeper.stdin?.end();
    await ended;
  }

  async #must(command: Command): Promise<void> {
    const code = await this.#tell(command);
    if (code !== 0) throw new Error(`${command} of ${this.path} ended with ${code}`);
  }

  async #tell(command: Command): Promise<number> {
    const answer = once(this.#keeper.stdout!, 'data');
    this.#keeper.stdin!.write(`${command}\n`);
    return Number(String((await answer)[0]));
  }
}
