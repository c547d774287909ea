// Which patterns match a topic. Patterns lie in a trie of levels; a topic asks once and remembers the answer, and one integer tells
// it whether that answer still holds.

import { isHubOwned } from "@fanwire/protocol";

/** Something that lies in the trie under its pattern. */
interface Named {
  readonly name: string;
}

class Node<P extends Named> {
  readonly children: Map<string, Node<P>> = new Map();
  /** The level `*`. */
  one: Node<P> | undefined;
  /** The pattern that ends here. */
  here: P | undefined;
  /** The pattern that ends here with `**`. */
  rest: P | undefined;

  get isEmpty(): boolean {
    return !this.here && !this.rest && !this.one && this.children.size === 0;
  }
}

/** Counts the patterns that appeared or vanished below one literal first level. */
export interface Generation {
  count: number;
}

export class PatternTrie<P extends Named> {
  readonly #root = new Node<P>();
  readonly #byFirstLevel = new Map<string, Generation>();
  /** Patterns that begin with a wildcard: they concern every topic but the hub's own. */
  readonly wild: Generation = { count: 0 };
  size = 0;

  get(pattern: string): P | undefined {
    let node: Node<P> | undefined = this.#root;
    for (const level of pattern.split(".")) {
      if (level === "**") return node.rest;
      node = level === "*" ? node.one : node.children.get(level);
      if (node === undefined) return undefined;
    }
    return node.here;
  }

  add(entry: P): void {
    let node = this.#root;
    const levels = entry.name.split(".");
    for (const level of levels) {
      if (level === "**") break;
      const next = (level === "*" ? node.one : node.children.get(level)) ?? new Node<P>();
      if (level === "*") node.one = next;
      else node.children.set(level, next);
      node = next;
    }
    if (levels.at(-1) === "**") node.rest = entry;
    else node.here = entry;
    this.size++;
    this.#changed(levels[0]!);
  }

  remove(entry: P): void {
    const levels = entry.name.split(".");
    this.#removeBelow(this.#root, levels, 0);
    this.size--;
    this.#changed(levels[0]!);
  }

  /** All entries whose pattern matches the topic. */
  matching(topic: string): P[] {
    const found: P[] = [];
    collect(this.#root, topic.split("."), 0, found);
    return found;
  }

  /**
   * What a topic watches together with {@link wild}: while the sum of both counts stays, so does the answer of
   * {@link matching}.
   */
  generationOf(topic: string): Generation {
    const dot = topic.indexOf(".");
    return this.#firstLevel(dot < 0 ? topic : topic.slice(0, dot));
  }

  #firstLevel(level: string): Generation {
    let generation = this.#byFirstLevel.get(level);
    if (generation === undefined) {
      generation = { count: 0 };
      this.#byFirstLevel.set(level, generation);
    }
    return generation;
  }

  #changed(first: string): void {
    if (first === "*" || first === "**") this.wild.count++;
    else this.#firstLevel(first).count++;
  }

  #removeBelow(node: Node<P>, levels: readonly string[], depth: number): void {
    const level = levels[depth];
    if (level === undefined) node.here = undefined;
    else if (level === "**") node.rest = undefined;
    else {
      const next = level === "*" ? node.one : node.children.get(level);
      if (next === undefined) return;
      this.#removeBelow(next, levels, depth + 1);
      if (!next.isEmpty) return;
      if (level === "*") node.one = undefined;
      else node.children.delete(level);
    }
  }
}

function collect<P extends Named>(
  node: Node<P>,
  levels: readonly string[],
  depth: number,
  found: P[],
): void {
  const level = levels[depth];
  // a wildcard never matches a first level of the hub's own
  const wild = depth > 0 || !isHubOwned(levels[0]!);
  if (node.rest && wild) found.push(node.rest);
  if (level === undefined) {
    if (node.here) found.push(node.here);
    return;
  }
  const child = node.children.get(level);
  if (child) collect(child, levels, depth + 1, found);
  if (node.one && wild) collect(node.one, levels, depth + 1, found);
}
