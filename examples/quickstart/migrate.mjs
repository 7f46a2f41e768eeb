// Brings the tables to the newest version. Run again, it finds nothing to do.
import { openDatabase } from './database.mjs';

const steps = [
  `CREATE TABLE entries (id INTEGER PRIMARY KEY, name TEXT NOT NULL, message TEXT NOT NULL, at INTEGER NOT NULL, portrait TEXT);
   CREATE TABLE jobs (id INTEGER PRIMARY KEY, entry INTEGER NOT NULL REFERENCES entries (id), taken_at INTEGER)`,
  `INSERT INTO entries (name, message, at) VALUES ('Ada', 'Works even when it does not.', unixepoch());
   INSERT INTO jobs (entry) SELECT id FROM entries`,
];

const database = openDatabase();
const done = database.prepare('PRAGMA user_version').get().user_version;
for (const [index, step] of steps.entries()) {
  if (index < done) continue;
  database.exec(`BEGIN; ${step}; PRAGMA user_version = ${index + 1}; COMMIT`);
  console.log(`step ${index + 1} of ${steps.length} done`);
}
console.log('the tables are up to date');
database.close();
