// Where a file stands: its package, its part of the program, its floor.

export interface Place {
  /** Path below the root, with forward slashes. */
  readonly path: string;
  /** Folder below packages/; '' outside. */
  readonly pack: string;
  /** First folder below packages/mainstay/src, such as core; '' elsewhere. */
  readonly part: string;
  /** For a kind such as kinds/checks/http: that folder; for others null. */
  readonly kind: string | null;
}

/** A lower floor never imports a higher one. */
export const FLOORS: Readonly<Record<string, number>> = {
  core: 0,
  ports: 1,
  kinds: 2,
  registry: 3,
  config: 3,
  host: 3,
  delivery: 3,
  daemon: 4,
  monitor: 4,
  report: 4,
  verify: 4,
  cli: 5,
  top: 5,
  sim: 5,
  entry: 6,
};

export function placeOf(path: string): Place {
  const [packages, pack = '', src, part = '', group, name, ...deeper] = path.split('/');
  if (packages !== 'packages') return { path, pack: '', part: '', kind: null };
  if (pack !== 'mainstay' || src !== 'src' || group === undefined) return { path, pack, part: '', kind: null };
  const inKind = part === 'kinds' && group !== 'kit' && name !== undefined && deeper.length > 0;
  return { path, pack, part, kind: inKind ? `kinds/${group}/${name}` : null };
}
