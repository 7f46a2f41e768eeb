/** `host:port`, `[::1]:port`; null when it is neither. */
export function parseAddress(address: string): { host: string; port: number } | null {
  const parts = /^(?:\[([0-9a-fA-F:.%a-z]+)\]|([^\s:[\]/]+)):(\d{1,5})$/.exec(address);
  if (parts === null) return null;
  const port = Number(parts[3]);
  return port >= 1 && port <= 65_535 ? { host: parts[1] ?? parts[2]!, port } : null;
}
