import type { Row, Session } from './session.ts';

/** What PostgreSQL says about itself. null: it does not say, or this user may not know. */
export interface Facts {
  isStandby: boolean;
  /** The user may see what others do (`pg_monitor`). */
  seesAll: boolean;
  connections: number;
  maxConnections: number;
  longestTransactionS: number | null;
  /** Transactions since the oldest one that is still told apart. */
  transactionAge: number;
  archiving: boolean;
  /** Name of the file that could not be archived last, if nothing was archived since. */
  archiveFailed: string | null;
  archiveFailures: number;
  /** Files that wait to be archived, and how long the oldest one does. */
  archiveWaiting: { files: number; seconds: number } | null;
  /** Of a standby: null when its primary is not meant to be connected to. */
  receiving: boolean | null;
  /** Of a standby: how old what it shows is. Of a primary: how late its latest standby is. */
  lagS: number | null;
  /** Of a primary. */
  standbys: number;
}

/**
 * `age` counts from the oldest transaction of any database. A session whose owner may not be asked about has no type; the
 * workers of PostgreSQL itself have no database, or a type.
 */
const ABOUT = `SELECT
  pg_is_in_recovery(),
  pg_has_role(current_user, 'pg_read_all_stats', 'USAGE'),
  (SELECT count(*) FROM pg_stat_activity
    WHERE datid IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend'),
  current_setting('max_connections'),
  (SELECT extract(epoch FROM max(clock_timestamp() - xact_start)) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()),
  (SELECT max(age(datfrozenxid)) FROM pg_database),
  current_setting('archive_mode') <> 'off',
  (SELECT last_failed_wal FROM pg_stat_archiver
    WHERE last_failed_time > coalesce(last_archived_time, '-infinity')),
  (SELECT failed_count FROM pg_stat_archiver),
  has_function_privilege('pg_ls_archive_statusdir()', 'EXECUTE')`;

const WAITING = `SELECT count(*), extract(epoch FROM max(clock_timestamp() - modification))
  FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'`;

/**
 * A standby that has replayed all it received is as late as its primary is silent, if it is connected; else it is as late as its last
 * transaction is old, or itself if it has replayed none yet. Whether a primary is meant to be connected to is in a setting that not everybody may read.
 */
const STANDBY = `SELECT
  EXISTS (SELECT FROM pg_stat_wal_receiver WHERE pid IS NOT NULL),
  (SELECT setting <> '' FROM pg_settings WHERE name = 'primary_conninfo'),
  CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()
      AND EXISTS (SELECT FROM pg_stat_wal_receiver WHERE pid IS NOT NULL) THEN 0
    ELSE extract(epoch FROM clock_timestamp() - coalesce(pg_last_xact_replay_timestamp(), pg_postmaster_start_time())) END`;

const PRIMARY = `SELECT count(*), extract(epoch FROM max(replay_lag)) FROM pg_stat_replication`;

export async function askFacts(session: Session): Promise<Facts> {
  const about = new Reader(await session.rows(ABOUT));
  const facts = {
    isStandby: about.flag(),
    seesAll: about.flag(),
    connections: about.number() ?? 0,
    maxConnections: about.number() ?? 0,
    longestTransactionS: about.number(),
    transactionAge: about.number() ?? 0,
    archiving: about.flag(),
    archiveFailed: about.text(),
    archiveFailures: about.number() ?? 0,
  };
  const maySeeWaiting = about.flag();
  const archiveWaiting = facts.archiving && maySeeWaiting ? await askWaiting(session) : null;
  if (!facts.isStandby) {
    const primary = new Reader(await session.rows(PRIMARY));
    return { ...facts, archiveWaiting, receiving: null, standbys: primary.number() ?? 0, lagS: primary.number() };
  }
  const standby = new Reader(await session.rows(STANDBY));
  const isConnected = standby.flag();
  const hasPrimary = standby.text() !== 'f';
  const receiving = hasPrimary ? isConnected : null;
  return { ...facts, archiveWaiting, receiving, standbys: 0, lagS: standby.number() };
}

async function askWaiting(session: Session): Promise<Facts['archiveWaiting']> {
  const waiting = new Reader(await session.rows(WAITING));
  return { files: waiting.number() ?? 0, seconds: waiting.number() ?? 0 };
}

/** The values of the only row of an answer, one after the other. */
class Reader {
  private readonly values: Row;
  private at = 0;

  constructor(rows: Row[]) {
    this.values = rows[0] ?? [];
  }

  text(): string | null {
    this.at += 1;
    return this.values[this.at - 1] ?? null;
  }

  number(): number | null {
    const text = this.text();
    return text === null ? null : Number(text);
  }

  flag(): boolean {
    return this.text() === 't';
  }
}
