import fs from 'node:fs';
import path from 'node:path';
import type { Native } from '../native/index.ts';
import type { Fault, SlotsLabel } from './slots-layout.ts';
import { MAPPING_BYTES, readLabel } from './slots-layout.ts';
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

/** The slots of a stream; without native calls in memory of this process only, which its death destroys. */
export function openSlots(
  directory: string,
  label: SlotsLabel,
  native: Native | null,
  fault: Fault | null,
): { slots: Slots; continued: boolean } {
  const memory = native === null ? Buffer.alloc(MAPPING_BYTES) : map(directory, label, native);
  const slots = new Slots(memory, fault);
  return { slots, continued: slots.open(label) };
}

function map(directory: string, label: SlotsLabel, native: Native): Buffer {
  return native.mapShared(slotsPath(directory, label.instance, label.stream), MAPPING_BYTES);
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
