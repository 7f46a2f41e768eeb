/** Kinds of checks and notifiers as small as configuration can be tested with. */
import { z } from 'zod';
import type { CheckKinds, NotifierKinds } from '../../src/config/index.ts';

export const KINDS: CheckKinds = {
  exec: { main: 'command', schema: z.strictObject({ command: z.array(z.string()).min(1) }) },
  http: {
    main: 'url',
    schema: z.strictObject({
      url: z.string(),
      method: z.string().optional(),
      headers: z.record(z.string(), z.string()).optional(),
      expect: z
        .strictObject({ status: z.number().optional(), json: z.unknown().optional(), text: z.string().optional() })
        .optional(),
    }),
  },
  directory: {
    main: 'path',
    measured: [{ name: 'size', unit: 'bytes', worse: 'above', description: 'Size' }],
    schema: z.strictObject({
      path: z.string(),
      match: z.string().optional(),
      recursive: z.boolean().default(true),
      service: z.string().optional(),
    }),
  },
  disk: {
    main: 'path',
    measured: [
      { name: 'used', unit: 'percent', worse: 'above', description: 'Used space', warn: 80, fail: 90 },
      { name: 'inodes', unit: 'percent', worse: 'above', description: 'Used inodes' },
      { name: 'free', unit: 'bytes', worse: 'below', description: 'Free space' },
      { name: 'full_in', unit: 'seconds', worse: 'below', description: 'Time until it is full' },
    ],
    schema: z.strictObject({ path: z.string() }),
  },
  tcp: {
    main: 'address',
    schema: z.strictObject({ address: z.string().regex(/^.+:\S+$/, 'must be host:port'), send: z.string().optional() }),
  },
};

export const NOTIFIER_KINDS: NotifierKinds = {
  email: {
    title: 'send mail',
    main: null,
    secrets: ['smtp'],
    schema: z.strictObject({ to: z.string(), smtp: z.string() }),
  },
  exec: {
    title: 'run a program',
    main: 'command',
    secrets: [],
    schema: z.strictObject({ command: z.array(z.string()).min(1) }),
  },
  slack: {
    title: 'write into a channel',
    main: 'url',
    secrets: ['url'],
    schema: z.strictObject({ url: z.string().regex(/^\$\{|^https?:/, 'must be an http:// or https:// URL') }),
  },
};
