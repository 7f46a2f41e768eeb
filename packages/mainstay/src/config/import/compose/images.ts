/** What well-known images run, so that the same program can be started without a container. */
export interface ImageProgram {
  /** The program and the arguments without which it is of no use. */
  command: string[];
  /** What the image does beside starting it, and what to do instead. */
  prepare: string;
}

const PROGRAMS: Record<string, ImageProgram> = {
  redis: { command: ['redis-server'], prepare: 'install redis' },
  valkey: { command: ['valkey-server'], prepare: 'install valkey' },
  postgres: {
    command: ['postgres', '-D', './data/postgres'],
    prepare: 'install postgresql, create ./data/postgres with initdb, and the database and its user yourself',
  },
  mariadb: {
    command: ['mariadbd', '--datadir=./data/mariadb'],
    prepare: 'install mariadb, create ./data/mariadb with mariadb-install-db, and the database and its user yourself',
  },
  mysql: {
    command: ['mysqld', '--datadir=./data/mysql'],
    prepare: 'install mysql, create ./data/mysql with mysqld --initialize, and the database and its user yourself',
  },
  mongo: { command: ['mongod', '--dbpath', './data/mongo'], prepare: 'install mongodb and create ./data/mongo' },
  nginx: {
    command: ['nginx', '-g', 'daemon off;'],
    prepare: 'install nginx; its configuration is /etc/nginx/nginx.conf unless -c names another',
  },
  httpd: { command: ['apache2', '-DFOREGROUND'], prepare: 'install apache2' },
  caddy: { command: ['caddy', 'run', '--config', './Caddyfile'], prepare: 'install caddy' },
  traefik: { command: ['traefik'], prepare: 'install traefik; its Docker provider has nothing to look at here' },
  haproxy: { command: ['haproxy', '-W', '-db', '-f', './haproxy.cfg'], prepare: 'install haproxy' },
  memcached: { command: ['memcached'], prepare: 'install memcached' },
  rabbitmq: { command: ['rabbitmq-server'], prepare: 'install rabbitmq-server' },
  nats: { command: ['nats-server'], prepare: 'install nats-server' },
  minio: { command: ['minio', 'server', './data/minio'], prepare: 'install minio' },
  mailhog: { command: ['mailhog'], prepare: 'install mailhog' },
  mailpit: { command: ['mailpit'], prepare: 'install mailpit' },
  prometheus: { command: ['prometheus', '--config.file=./prometheus.yml'], prepare: 'install prometheus' },
  grafana: { command: ['grafana', 'server', '--homepath', '/usr/share/grafana'], prepare: 'install grafana' },
};

/** `docker.io/library/redis:7-alpine` → the entry of redis; null for an image not known here. */
export function programOf(image: string): ImageProgram | null {
  const name =
    image
      .replace(/@.*$/, '')
      .replace(/:[^/]*$/, '')
      .split('/')
      .at(-1) ?? '';
  return PROGRAMS[name] ?? null;
}
