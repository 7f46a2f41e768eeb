// Connections that survive the death of the other side: nothing here ends the process or waits for ever.
import { Pool } from 'pg';
import { createClient } from 'redis';

export function openPool() {
  const pool = new Pool({
    connectionString: process.env.DATABASE_URL,
    max: 5,
    connectionTimeoutMillis: 2000,
    query_timeout: 5000,
  });
  // Without a listener, a lost idle connection would end the process.
  pool.on('error', (error) => console.error(`PostgreSQL: ${error.message}`));
  return pool;
}

export function openRedis() {
  const client = createClient({
    url: process.env.REDIS_URL,
    // Without a connection, fail now instead of queueing.
    disableOfflineQueue: true,
    pingInterval: 2000,
    socket: {
      connectTimeout: 2000,
      socketTimeout: 6000,
      reconnectStrategy: (attempts) => Math.min(100 * 2 ** attempts, 2000),
    },
  });
  let last = '';
  client.on('error', ({ message }) => {
    if (message !== last) console.error(`Redis: ${message}`);
    last = message;
  });
  client.on('ready', () => {
    last = '';
  });
  client.connect().catch(() => undefined);
  return client;
}
