import { test } from 'node:test';
import { Disk, NEEDS_DISK } from '../support/disk.ts';
import { smallCampaign } from './small.ts';

const disk = await Disk.make();
await disk?.[Symbol.asyncDispose]();
if (disk === null) test('frozen-disk', { skip: NEEDS_DISK }, () => {});
else smallCampaign('frozen-disk');
