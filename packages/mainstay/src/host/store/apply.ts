/** Writing one group of changes in one transaction. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { intervalWriter } from './intervals.ts';
import type { Changes } from './messages.ts';
import { resultsWriter } from './results.ts';
import { pragma } from './schema.ts';

// https://www.sqlite.org/pragma.html#pragma_synchronous
const NORMAL = 1;
const FULL = 2;

/** Writes groups to one open database. */
export interface Writer {
  /**
   * All or nothing. When it returns, the changes survive the death of the process, and the loss of power if they are durable.
   * @param group number of the group: stored with it, so that a lost answer does not make it be written twice
   */
  write(changes: Changes, writer: string, group: number): void;
}

export function createWriter(db: DatabaseSync): Writer {
  const statements = prepare(db);
  const move = intervalWriter(db);
  const results = resultsWriter(db);
  let synchronous = pragma(db, 'synchronous');
  return {
    write(changes, writer, group) {
      const wanted = changes.durable ? FULL : NORMAL;
      if (wanted !== synchronous) {
        db.exec(`PRAGMA synchronous = ${wanted}`);
        synchronous = wanted;
      }
      db.exec('BEGIN IMMEDIATE');
      try {
        apply(statements, changes);
        move(changes.moves);
        results.write(changes.samples);
        for (const [key, value] of changes.facts) statements.putFact.run(key, value);
        statements.putMeta.run('writer', `${writer}:${group}`);
        db.exec('COMMIT');
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK');
        results.forget();
        throw error;
      }
    },
  };
}

type Statements = Record<keyof typeof SQL, StatementSync>;

const SQL = {
  // The writer's number, unless it is behind (a note of the store came in between): then the next free one.
  addEvent: `INSERT INTO journal (seq, at, type, instance, incarnation, message, data)
    VALUES (iif(?1 > (SELECT coalesce(max(seq), 0) FROM journal), ?1, NULL), ?2, ?3, ?4, ?5, ?6, ?7)`,
  putInstance: 'INSERT OR REPLACE INTO instance (id, incarnation, identity, state) VALUES (?, ?, ?, ?)',
  removeInstance: 'DELETE FROM instance WHERE id = ?',
  putIntent: 'INSERT OR REPLACE INTO intent (service, desired) VALUES (?, ?)',
  putMaintenance:
    'INSERT OR REPLACE INTO maintenance (id, services, reason, owner, from_at, until_at) VALUES (?, ?, ?, ?, ?, ?)',
  removeMaintenance: 'DELETE FROM maintenance WHERE id = ?',
  putPlan: 'INSERT OR REPLACE INTO plan (id, plan) VALUES (1, ?)',
  putFact: 'INSERT OR REPLACE INTO fact (key, value) VALUES (?, ?)',
  putMeta: 'INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)',
} as const;

function prepare(db: DatabaseSync): Statements {
  const entries = Object.entries(SQL).map(([name, sql]) => [name, db.prepare(sql)]);
  return Object.fromEntries(entries) as Statements;
}

function apply(to: Statements, changes: Changes): void {
  for (const event of changes.events) {
    to.addEvent.run(event.seq, event.at, event.type, event.instance, event.incarnation, event.message, event.data);
  }
  for (const [id, row] of changes.instances) {
    if (row === null) to.removeInstance.run(id);
    else to.putInstance.run(id, row.incarnation, row.identity, row.state);
  }
  for (const [service, desired] of changes.intents) to.putIntent.run(service, desired);
  for (const [id, row] of changes.maintenance) {
    if (row === null) to.removeMaintenance.run(id);
    else to.putMaintenance.run(id, row.services, row.reason, row.owner, row.from, row.until);
  }
  if (changes.plan !== null) to.putPlan.run(changes.plan);
}
