import fs from 'node:fs';
import path from 'node:path';
import type { Native } from '../native/index.ts';
import type { Backing } from './slot-memory.ts';
import type { Fault, SlotsLabel } from './slots-layout.ts';
import { HEADER_BYTES, MAPPING_BYTES, readLabel } from './slots-layout.ts';
import { Slots } from './slots.ts';

const SUFFIX = '.slots';

/** Where the slots of a stream are, one file per stream: `web.0.out.slots`. */
export function slotsPath(directory: string, instance: string, stream: string): string {
  return path.join(directory, `${fileName(instance)}.${stream}${SUFFIX}`);
}

/** An instance as a file name: `web/0` is `web.0`. */
export function fileName(instance: string): string {
  return instance.replaceAll('/', '.');
}

/** What the slots of streams have in common. */
export interface Memory {
  /** Of FIFOs and slots. */
  directory: string;
  native: Native | null;
  fault: Fault | null;
  /** There is no shared memory for a stream, which goes on in memory of this process. */
  unshared(file: string, why: string): void;
}

/** The slots of a stream; without shared memory in memory of this process only, which its death destroys. */
export function openSlots(memory: Memory, label: SlotsLabel): { slots: Slots; continued: boolean } {
  const { directory, native, fault } = memory;
  const file = slotsPath(directory, label.instance, label.stream);
  if (native !== null) {
    try {
      const mapping = native.mapShared(file, MAPPING_BYTES, HEADER_BYTES);
      const slots = new Slots(mapping, shared(memory, native, file), fault);
      return { slots, continued: slots.open(label) };
    } catch (error) {
      memory.unshared(file, (error as Error).message);
    }
    removeSlots(file);
  }
  const slots = new Slots({ view: (from, to) => Buffer.alloc(to - from) }, UNSHARED, fault);
  return { slots, continued: slots.open(label) };
}

const UNSHARED: Backing = { reserve: () => true, abandon: () => undefined, wasRead: () => null };

function shared(memory: Memory, native: Native, file: string): Backing {
  return {
    reserve: (from, to) => native.reserve(file, from, to),
    abandon() {
      fs.rmSync(file, { force: true });
      memory.unshared(file, 'no space left');
    },
    wasRead() {
      const fifo = fs.statSync(file.slice(0, -SUFFIX.length), { throwIfNoEntry: false });
      return fifo === undefined ? null : fifo.atimeMs !== 0;
    },
  };
}

/** Which streams an earlier process left slots of. */
export function findSlots(directory: string): SlotsLabel[] {
  const labels: SlotsLabel[] = [];
  for (const name of fs.readdirSync(directory)) {
    if (!name.endsWith(SUFFIX)) continue;
    const header = Buffer.alloc(2048);
    const fd = fs.openSync(path.join(directory, name), 'r');
    try {
      fs.readSync(fd, header, 0, header.length, 0);
    } finally {
      fs.closeSync(fd);
    }
    const label = readLabel(header);
    if (label !== null) labels.push(label);
  }
  return labels;
}

/** Forgets a stream's slots: gives the memory back, too, which the mapping would keep. Nothing may use them any more. */
export function removeSlots(file: string): void {
  if (!fs.existsSync(file)) return;
  fs.truncateSync(file, 0);
  fs.rmSync(file);
}
