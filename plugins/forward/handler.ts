import type { Handler, Next } from '../../src/plugin/plugin.ts';
import type { Query } from '../../src/server/query.ts';
import type { Reply } from '../../src/server/reply.ts';
import type { ForwardLine } from './line.ts';
import type { Onward } from './waiting-client.ts';

/** Gives a query to the first `forward` line that it matches, or to the next plugin. */
export class ForwardHandler implements Handler {
  readonly repeats = 'pure';
  readonly #lines: readonly ForwardLine[];

  constructor(lines: readonly ForwardLine[]) {
    this.#lines = lines;
  }

  handle(query: Query, next: Next): Reply | Promise<Reply> {
    return this.#from(0, query, next);
  }

  #from(start: number, query: Query, next: Next): Reply | Promise<Reply> {
    for (let index = start; index < this.#lines.length; index++) {
      const line = this.#lines[index]!;
      if (!line.matches(query.name)) continue;
      const isLast = index === this.#lines.length - 1;
      return line.answer(query, isLast ? undefined : this.#onward(index + 1, query, next));
    }
    return next(query);
  }

  /** Apart from the loop: what a function refers to is made even where the function is not. */
  #onward(start: number, query: Query, next: Next): Onward {
    return () => this.#from(start, query, next);
  }
}
