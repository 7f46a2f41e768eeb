// Brings the tables to the newest version, one step after the other, each in a transaction.
import { Client } from 'pg';

const steps = [
  `CREATE TABLE texts (id uuid PRIMARY KEY, text text NOT NULL, words integer NOT NULL, counted_at timestamptz NOT NULL DEFAULT now())`,
  `CREATE INDEX texts_counted_at ON texts (counted_at DESC)`,
];

const client = new Client({ connectionString: process.env.DATABASE_URL, connectionTimeoutMillis: 5000 });
await client.connect();
// Two migrations at once: one waits.
await client.query('SELECT pg_advisory_lock(1)');
await client.query('CREATE TABLE IF NOT EXISTS steps (number integer PRIMARY KEY)');
const { rows } = await client.query('SELECT coalesce(max(number), 0) AS done FROM steps');
for (const [index, step] of steps.entries()) {
  const number = index + 1;
  if (number <= rows[0].done) continue;
  await client.query('BEGIN');
  await client.query(step);
  await client.query('INSERT INTO steps VALUES ($1)', [number]);
  await client.query('COMMIT');
  console.log(`step ${number} of ${steps.length} done`);
}
console.log('the tables are up to date');
await client.end();
