import type { ServerProcess } from '../kit/server-process.ts';

/** The server's resident memory, averaged by tenths of the packets. */
export class Memory {
  readonly #sums = new Array<number>(10).fill(0);
  readonly #counts = new Array<number>(10).fill(0);
  readonly #packets: number;
  readonly #server: ServerProcess;
  #next = 0;

  constructor(packets: number, server: ServerProcess) {
    this.#packets = packets;
    this.#server = server;
  }

  progress(sent: number): void {
    if (sent < this.#next) return;
    this.#next += this.#packets / 500;
    const tenth = Math.min(9, Math.floor((10 * sent) / this.#packets));
    this.#sums[tenth]! += this.#server.residentBytes / 2 ** 20;
    this.#counts[tenth]!++;
  }

  get text(): string {
    return this.#averages.map((average) => average.toFixed(1)).join(' ');
  }

  /** From the second to the last tenth, as a share. */
  get growth(): number {
    return this.#averages[9]! / this.#averages[1]! - 1;
  }

  get #averages(): number[] {
    return this.#sums.map((sum, tenth) => sum / this.#counts[tenth]!);
  }
}
