/**
 * Things in the order in which they were last used, oldest first. Adding, removing and finding the oldest take the
 * same few steps however many there are: each thing carries its own link.
 */
export class RecencyList<T> {
  size = 0;
  #oldest: RecencyLink<T> | undefined;
  #newest: RecencyLink<T> | undefined;

  /** What has gone unused the longest. */
  get oldest(): T | undefined {
    return this.#oldest?.owner;
  }

  /** Makes `link` the newest; takes it out of the list that it was in. */
  add(link: RecencyLink<T>): void {
    link.list?.remove(link);
    link.list = this;
    link.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = link;
    else this.#newest.newer = link;
    this.#newest = link;
    this.size++;
  }

  /** Takes `link` out; no harm when it is not in this list. */
  remove(link: RecencyLink<T>): void {
    if (link.list !== this) return;
    if (link.older === undefined) this.#oldest = link.newer;
    else link.older.newer = link.newer;
    if (link.newer === undefined) this.#newest = link.older;
    else link.newer.older = link.older;
    link.list = link.older = link.newer = undefined;
    this.size--;
  }
}

/** A thing's place in one RecencyList. */
export class RecencyLink<T> {
  readonly owner: T;
  list: RecencyList<T> | undefined = undefined;
  older: RecencyLink<T> | undefined = undefined;
  newer: RecencyLink<T> | undefined = undefined;

  constructor(owner: T) {
    this.owner = owner;
  }
}
