/** What programs say of themselves: on descriptor 3, and as datagrams in systemd's manner. */
export * from './notifications.ts';
export * from './parse.ts';
