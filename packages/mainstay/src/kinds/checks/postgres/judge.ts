import { pattern, seconds } from '../../kit/index.ts';
import type { Verdict } from '../../kit/index.ts';
import type { Facts } from './facts.ts';
import type { Row } from './session.ts';
import type { PostgresTarget } from './target.ts';

const MANY_CONNECTIONS = { warn: 0.8 };
/** Autovacuum keeps it below a tenth, if it works (autovacuum_freeze_max_age). */
const OLD_TRANSACTIONS = { warn: 0.4 };
/** Transactions that can be told apart: PostgreSQL refuses to write shortly before (documentation, "Preventing Transaction ID Wraparound Failures"). */
const MOST_TRANSACTIONS = 2 ** 31;
/** A file that waits so long is not going to be archived, seconds. */
const STUCK_S = 900;

/** Complains about everything that is not as it should be; the numbers it looked at. */
export function judge(facts: Facts, target: PostgresTarget, verdict: Verdict): Record<string, number | string> {
  const role = facts.isStandby ? 'standby' : 'primary';
  if (target.role !== undefined && target.role !== role) {
    verdict.complain('fail', `it is a ${role}, not a ${target.role}`);
  }
  const used = facts.maxConnections === 0 ? 0 : facts.connections / facts.maxConnections;
  verdict.compare(
    used,
    target.connections ?? MANY_CONNECTIONS,
    `${facts.connections} of ${facts.maxConnections} connections in use`,
    percent,
  );
  const age = facts.transactionAge / MOST_TRANSACTIONS;
  verdict.compare(
    age,
    target.transaction_age ?? OLD_TRANSACTIONS,
    `${percent(age)} of the transaction ids are used up: VACUUM does not keep up`,
    percent,
  );
  judgeTransactions(facts, target, verdict);
  judgeReplication(facts, target, verdict);
  judgeArchiver(facts, target, verdict);
  return {
    role,
    connections: facts.connections,
    connections_used: tenths(used * 100),
    transaction_age: tenths(age * 100),
    ...(facts.isStandby ? {} : { standbys: facts.standbys }),
    ...(facts.seesAll ? { longest_transaction: tenths(facts.longestTransactionS ?? 0) } : {}),
    ...(facts.lagS === null ? {} : { replication_lag: tenths(facts.lagS) }),
    ...(facts.archiving ? { archive_failures: facts.archiveFailures } : {}),
    ...(facts.archiveWaiting === null ? {} : { archive_waiting: facts.archiveWaiting.files }),
  };
}

function judgeTransactions(facts: Facts, { longest_transaction: limits }: PostgresTarget, verdict: Verdict): void {
  if (limits === undefined) return;
  if (!facts.seesAll) {
    verdict.complain('unknown', 'this user may not see the transactions of others (it needs the role pg_monitor)');
    return;
  }
  const ms = (facts.longestTransactionS ?? 0) * 1000;
  verdict.compare(ms, limits, `a transaction has been open for ${seconds(ms)}`, seconds);
}

function judgeReplication(facts: Facts, target: PostgresTarget, verdict: Verdict): void {
  const { replication, replication_lag: limits, standbys } = target;
  if (facts.receiving === false) verdict.complain(replication, 'it is not connected to its primary');
  if (!facts.isStandby && facts.standbys < standbys) {
    verdict.complain(replication, `${facts.standbys} of ${standbys} standbys are connected`);
  }
  if (limits === undefined) return;
  if (!facts.isStandby && !facts.seesAll) {
    verdict.complain('unknown', 'this user may not see how late standbys are (it needs the role pg_monitor)');
    return;
  }
  const ms = (facts.lagS ?? 0) * 1000;
  const who = facts.isStandby ? 'it is' : 'a standby is';
  verdict.compare(ms, limits, `${who} ${seconds(ms)} behind`, seconds);
}

function judgeArchiver(
  { archiving, archiveFailed, archiveWaiting }: Facts,
  target: PostgresTarget,
  verdict: Verdict,
): void {
  if (!archiving) return;
  if (archiveFailed !== null) {
    verdict.complain(target.archiver, `the archiver fails: ${archiveFailed} could not be archived`);
  } else if (archiveWaiting !== null && archiveWaiting.seconds > STUCK_S) {
    const { files, seconds: age } = archiveWaiting;
    verdict.complain(
      target.archiver,
      `the archiver has stopped: ${files} files wait, the oldest for ${Math.round(age / 60)} min`,
    );
  }
}

/** Complains unless the first value of the first row is what is expected; the value. */
export function judgeAnswer(rows: Row[], expected: PostgresTarget['expect'], verdict: Verdict): string | null {
  const [row] = rows;
  const value = row?.[0] ?? null;
  if (expected === undefined) return value;
  if (row === undefined) verdict.complain('fail', `the query found no row, not ${String(expected)}`);
  else if (!equals(value, expected)) {
    const found = value === null ? 'null' : value.slice(0, 60);
    verdict.complain('fail', `the query found ${found}, not ${String(expected)}`);
  }
  return value;
}

function equals(value: string | null, expected: string | number | boolean): boolean {
  if (value === null) return false;
  if (typeof expected === 'boolean') return value === (expected ? 't' : 'f');
  if (typeof expected === 'number') return value.trim() !== '' && Number(value) === expected;
  return /^\/.+\/[imsu]*$/s.test(expected) ? pattern(expected)(value) : value === expected;
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}

function percent(share: number): string {
  return `${tenths(share * 100)}%`;
}
