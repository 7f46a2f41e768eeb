/** How much of the place within the interval is chance: enough that machines with one file do not check in step. */
const JITTER = 0.05;

/**
 * A place in [0, 1) within the interval: by the name, so that it is the same one each time, and a little by chance.
 * @param random uniform in [0, 1)
 */
export function placeOf(name: string, random: number): number {
  // FNV-1a, 32 bits, and a finisher: names that differ in their last letter must not lie side by side.
  let hash = 0x81_1c_9d_c5;
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01_00_01_93);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85_eb_ca_6b);
  hash ^= hash >>> 13;
  return ((hash >>> 0) / 2 ** 32 + random * JITTER) % 1;
}
