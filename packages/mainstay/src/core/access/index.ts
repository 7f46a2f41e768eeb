/** Who may ask the daemon over the network: keys, what each may do, and the file that holds their hashes. Pure. */
export * from './keys.ts';
