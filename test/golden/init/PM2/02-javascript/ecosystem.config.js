const port = 4000;
module.exports = {
  apps: [
    {
      name: 'web',
      script: 'dist/server.js',
      instances: 4,
      exec_mode: 'cluster',
      increment_var: 'PORT',
      env: { PORT: port, NODE_ENV: 'production', API_KEY: process.env.API_KEY, LEVEL: process.env.LEVEL || 'info' },
      kill_timeout: 5000,
      wait_ready: true,
      listen_timeout: 10000,
    },
    {
      name: 'cron job',
      script: './job.sh',
      cron_restart: '0 3 * * *',
      autorestart: false,
    },
  ],
  deploy: { production: { user: 'node', host: '10.0.0.1', path: '/srv' } },
};
