/** Every kind of check, with its schema: for configuration, completion and reference. Loads zod. */
import { exec } from '../kinds/checks/exec/index.ts';
import { http } from '../kinds/checks/http/index.ts';
import { postgres } from '../kinds/checks/postgres/index.ts';
import { redis } from '../kinds/checks/redis/index.ts';
import { tcp } from '../kinds/checks/tcp/index.ts';
import type { CheckDefinition } from '../kinds/kit/index.ts';

export const CHECKS: Readonly<Record<string, CheckDefinition>> = { exec, http, postgres, redis, tcp };
