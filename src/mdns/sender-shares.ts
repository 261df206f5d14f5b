/** Something that is held because somebody said it. */
export interface Shareholder {
  readonly sender: string;
  readonly bytes: number;
}

interface Share<Held> {
  bytes: number;
  /** Oldest first. */
  readonly held: Set<Held>;
}

/** Keeps one sender from filling what is for all of them, and tells what is to go when there is too much. */
export class SenderShares<Held extends Shareholder> {
  readonly #perSender: number;
  readonly #perLink: number;
  readonly #shares = new Map<string, Share<Held>>();
  #bytes = 0;

  /** Both in bytes. */
  constructor(perSender: number, perLink: number) {
    this.#perSender = perSender;
    this.#perLink = perLink;
  }

  add(held: Held): void {
    let share = this.#shares.get(held.sender);
    if (share === undefined) this.#shares.set(held.sender, (share = { bytes: 0, held: new Set() }));
    share.held.add(held);
    share.bytes += held.bytes;
    this.#bytes += held.bytes;
  }

  remove(held: Held): void {
    const share = this.#shares.get(held.sender);
    if (share?.held.delete(held) !== true) return;
    share.bytes -= held.bytes;
    this.#bytes -= held.bytes;
    if (share.held.size === 0) this.#shares.delete(held.sender);
  }

  /** What is to go first after that sender said more: its oldest, or that of the one that has most. */
  excess(sender: string): Held | undefined {
    let share = this.#shares.get(sender);
    if (share === undefined || share.bytes <= this.#perSender) {
      if (this.#bytes <= this.#perLink) return undefined;
      for (const other of this.#shares.values()) if (other.bytes > (share?.bytes ?? 0)) share = other;
    }
    return share?.held.values().next().value;
  }
}
