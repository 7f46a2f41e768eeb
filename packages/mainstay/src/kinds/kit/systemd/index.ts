/** The words in which systemd is asked, shared by the check and by the services that it runs. */
export * from './systemctl.ts';
export * from './unit.ts';
