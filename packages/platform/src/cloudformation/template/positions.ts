import type { Position } from "../diagnostics/diagnostic.ts";

/** Keys and indexes from the root of a template down to a node. */
export type Path = readonly (string | number)[];

/** A node's place in the source; `children` are by key or index. */
export interface PositionNode {
  /** Offset of the node's key, or of the node itself where it has none. */
  readonly key: number;
  /** Offset of the node's value. */
  readonly value: number;
  readonly children?: ReadonlyMap<string | number, PositionNode>;
}

/** Answers where the nodes of a template stand. */
export class SourcePositions {
  readonly file: string;
  readonly #root: PositionNode;
  readonly #positionOf: (offset: number) => { line: number; col: number };
  readonly #origins: ReadonlyMap<string, Path>;

  constructor(
    file: string,
    root: PositionNode,
    positionOf: (offset: number) => { line: number; col: number },
    origins: ReadonlyMap<string, Path> = new Map(),
  ) {
    this.file = file;
    this.#root = root;
    this.#positionOf = positionOf;
    this.#origins = origins;
  }

  /** The same for a template in which parts of sections were made from others, whose places are given by `Section/Name`. */
  withOrigins(origins: ReadonlyMap<string, Path>): SourcePositions {
    return new SourcePositions(this.file, this.#root, this.#positionOf, origins);
  }

  /** Where the key (or the list item) at `path` begins. A path that the source does not have answers its nearest ancestor. */
  key(path: Path): Position {
    return this.#at(this.#find(path).key);
  }

  /** Where the value at `path` begins. */
  value(path: Path): Position {
    return this.#at(this.#find(path).value);
  }

  /** The same, of a path that may have to be looked up in several spellings: the first that the source has. */
  keyOfFirst(paths: readonly Path[]): Position {
    const found = paths.find((path) => this.#depth(path) === path.length);
    return this.key(found ?? paths[0] ?? []);
  }

  #find(path: Path): PositionNode {
    let node = this.#root;
    for (const step of this.#inSource(path)) {
      const child = node.children?.get(step);
      if (child === undefined) return node;
      node = child;
    }
    return node;
  }

  #depth(path: Path): number {
    const inSource = this.#inSource(path);
    const moved = inSource.length - path.length;
    let node = this.#root;
    for (const [index, step] of inSource.entries()) {
      const child = node.children?.get(step);
      if (child === undefined) return index - moved;
      node = child;
    }
    return path.length;
  }

  #inSource(path: Path): Path {
    const [section, name, ...rest] = path;
    const origin = this.#origins.get(`${section}/${name}`);
    return origin === undefined ? path : [...origin, ...rest];
  }

  #at(offset: number): Position {
    const { line, col } = this.#positionOf(offset);
    return { file: this.file, line, column: col };
  }
}
