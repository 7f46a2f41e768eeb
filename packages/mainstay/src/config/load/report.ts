import { type Path, type Problem, type Warning, formatPath } from '../problem.ts';
import { type Node, entryAt, nearestNode } from '../yaml/index.ts';

/** Where something of the plan was written. */
export interface Place {
  file: string;
  line: number | null;
  column: number | null;
  path: string;
}

/** Finds the place of a path of mainstay.yaml, for example `['services', 'web', 'user']`. */
export interface Places {
  /** Of the value; of what is nearest above it when it is not written. */
  value(path: Path): Place;
  /** Of the key. */
  key(path: Path): Place;
}

/** Collects what is wrong, with places. */
export class Report implements Places {
  readonly file: string;
  readonly problems: Problem[] = [];
  readonly warnings: Warning[] = [];
  private root: Node;

  constructor(file: string, root: Node) {
    this.file = file;
    this.root = root;
  }

  /** From now on places are looked up in this tree: the one with the environment laid over. */
  use(root: Node): void {
    this.root = root;
  }

  value(path: Path): Place {
    return this.node(nearestNode(this.root, path));
  }

  key(path: Path): Place {
    const entry = entryAt(this.root, path);
    if (entry === null) return this.value(path);
    return { file: this.file, ...entry.at, path: formatPath(entry.node.path) };
  }

  /** Whether it is written. */
  has(path: Path): boolean {
    return entryAt(this.root, path) !== null;
  }

  node(node: Node): Place {
    return { file: this.file, ...node.at, path: formatPath(node.path) };
  }

  add(place: Place, reason: string, hint: string | null = null): void {
    this.problems.push({ ...place, reason, hint });
  }

  warn(kind: Warning['kind'], name: string, place: Place, reason: string, hint: string): void {
    const position = { line: place.line ?? 1, column: place.column ?? 1 };
    this.warnings.push({ kind, name, position, ...place, reason, hint });
  }
}
