import type { AlertFacts, AlertMessage } from '../../../src/core/alert/index.ts';
import type { SendContext } from '../../../src/ports/index.ts';

/** 2026-11-28 17:30:00 UTC */
export const AT = Date.UTC(2026, 10, 28, 17, 30);

export function facts(over: Partial<AlertFacts> = {}): AlertFacts {
  return {
    id: '142',
    severity: 'critical',
    subject: 'postgres',
    cause: 'connection refused <b>&',
    since: AT - 90_000,
    until: null,
    action: 'restarts stopped; one attempt every 5m',
    affected: ['backend', 'worker'],
    owner: 'dba@example.org',
    runbook: 'https://example.org/runbooks/postgres',
    ...over,
  };
}

export function message(over: Partial<AlertMessage> = {}): AlertMessage {
  return {
    key: 'a142-opened-ops',
    stage: 'opened',
    isTest: false,
    project: 'shop',
    host: 'web1',
    at: AT,
    alerts: [facts()],
    thread: 'a142-opened-ops',
    link: 'https://status.example.org/',
    ...over,
  };
}

/** A context as the daemon makes it: the signal is the deadline. */
export function sendContext(over: Partial<SendContext> = {}): SendContext {
  const timeoutMs = over.timeoutMs ?? 30_000;
  return {
    timeoutMs,
    signal: AbortSignal.timeout(timeoutMs),
    variables: {},
    environment: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
    workingDirectory: import.meta.dirname,
    wallMs: () => AT,
    ...over,
  };
}
