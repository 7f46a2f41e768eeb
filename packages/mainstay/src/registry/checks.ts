/** Every kind of check, with its schema: for configuration, completion and reference. Loads zod. */
import { celery } from '../kinds/checks/celery/index.ts';
import { cpu } from '../kinds/checks/cpu/index.ts';
import { directory } from '../kinds/checks/directory/index.ts';
import { disk } from '../kinds/checks/disk/index.ts';
import { dns } from '../kinds/checks/dns/index.ts';
import { docker } from '../kinds/checks/docker/index.ts';
import { exec } from '../kinds/checks/exec/index.ts';
import { file } from '../kinds/checks/file/index.ts';
import { heartbeat } from '../kinds/checks/heartbeat/index.ts';
import { http } from '../kinds/checks/http/index.ts';
import { load } from '../kinds/checks/load/index.ts';
import { logs } from '../kinds/checks/logs/index.ts';
import { mainstay } from '../kinds/checks/mainstay/index.ts';
import { memory } from '../kinds/checks/memory/index.ts';
import { metrics } from '../kinds/checks/metrics/index.ts';
import { port } from '../kinds/checks/port/index.ts';
import { postgres } from '../kinds/checks/postgres/index.ts';
import { process } from '../kinds/checks/process/index.ts';
import { redis } from '../kinds/checks/redis/index.ts';
import { rq } from '../kinds/checks/rq/index.ts';
import { systemd } from '../kinds/checks/systemd/index.ts';
import { tcp } from '../kinds/checks/tcp/index.ts';
import { tls } from '../kinds/checks/tls/index.ts';
import type { CheckDefinition } from '../kinds/kit/index.ts';

export const CHECKS: Readonly<Record<string, CheckDefinition>> = {
  celery,
  cpu,
  directory,
  disk,
  dns,
  docker,
  exec,
  file,
  heartbeat,
  http,
  load,
  logs,
  mainstay,
  memory,
  metrics,
  port,
  postgres,
  process,
  redis,
  rq,
  systemd,
  tcp,
  tls,
};
