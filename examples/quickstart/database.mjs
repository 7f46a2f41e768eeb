// The SQLite file, shared by three programs. Each opens it for itself.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export function openDatabase() {
  const file = process.env.DATABASE ?? 'data/guestbook.db';
  mkdirSync(dirname(file), { recursive: true });
  const database = new DatabaseSync(file, { timeout: 5000 });
  // Readers and one writer at the same time; a killed program leaves nothing half-written.
  database.exec('PRAGMA journal_mode = WAL');
  return database;
}
