/** Keys of a compose service that mainstay.yaml has nothing for: why, and what to do. */
type Reason = [why: string, instead: string];

const CONTAINER: Reason = ['it concerns the container, and there is none', 'nothing'];
const NETWORK: Reason = ['services share the network of the machine', 'nothing: they reach each other at 127.0.0.1'];
const LIMIT: Reason = [
  'mainstay limits memory, cpus and pids only',
  'write resources: { memory: …, cpus: …, pids: … } where that does',
];
const RIGHTS: Reason = [
  'a program here has the rights of its user',
  'give the service a user that has only what it needs',
];
const MOUNT: Reason = [
  'a program here sees the folders of the machine',
  'create the folder, and name it where the program expects it',
];
const FILE: Reason = [
  'a program here sees the files of the machine',
  'put the file where the program reads it (mode 0600), or its value into .env',
];

const KEYS: Record<string, Reason> = {
  container_name: CONTAINER,
  hostname: NETWORK,
  domainname: NETWORK,
  networks: NETWORK,
  network_mode: NETWORK,
  links: NETWORK,
  external_links: NETWORK,
  expose: NETWORK,
  dns: NETWORK,
  dns_search: NETWORK,
  mac_address: NETWORK,
  extra_hosts: [NETWORK[0], 'add the names to /etc/hosts'],
  labels: [
    'nothing reads labels here',
    'if a proxy such as traefik reads them, write its routes into its own configuration file',
  ],
  memswap_limit: LIMIT,
  mem_swappiness: LIMIT,
  cpu_count: LIMIT,
  cpu_percent: LIMIT,
  cpu_shares: LIMIT,
  cpu_quota: LIMIT,
  cpuset: LIMIT,
  oom_score_adj: LIMIT,
  oom_kill_disable: LIMIT,
  shm_size: [CONTAINER[0], 'nothing: /dev/shm is that of the machine'],
  cap_add: RIGHTS,
  cap_drop: RIGHTS,
  privileged: RIGHTS,
  security_opt: RIGHTS,
  group_add: ['a service has the groups of its user', 'add the user to the groups'],
  userns_mode: RIGHTS,
  read_only: RIGHTS,
  devices: ['a program here sees the devices of the machine', 'give its user access to them'],
  device_cgroup_rules: RIGHTS,
  sysctls: ['they would hold for the whole machine', 'set them in /etc/sysctl.d'],
  tmpfs: MOUNT,
  volumes_from: MOUNT,
  secrets: FILE,
  configs: FILE,
  tty: CONTAINER,
  stdin_open: CONTAINER,
  init: ['mainstay collects what a service leaves behind', 'nothing'],
  ipc: CONTAINER,
  pid: CONTAINER,
  cgroup: CONTAINER,
  cgroup_parent: CONTAINER,
  isolation: CONTAINER,
  runtime: CONTAINER,
  platform: CONTAINER,
  pull_policy: CONTAINER,
  annotations: CONTAINER,
  attach: ['the output of every service is shown', 'use "mainstay logs SERVICE" to see one'],
  develop: ['its actions copy files into containers', 'use develop.watch with action: restart'],
  post_start: ['mainstay runs commands only as services and tasks', 'write it as a task that the others depend on'],
  pre_stop: ['mainstay runs no command before a stop', 'let the program do it when it gets its stop signal'],
};

/** Why a key is not carried over, and what to do; a general answer for one not known. */
export function unsupported(key: string): Reason {
  if (key.startsWith('x-')) return ['it is an extension that compose ignores too', 'nothing'];
  return KEYS[key] ?? ['mainstay.yaml has no such key', 'look whether the program needs it'];
}
