import type { Handler, Next } from '../../src/plugin/plugin.ts';
import type { Query } from '../../src/server/query.ts';
import type { Reply } from '../../src/server/reply.ts';
import type { ForwardLine } from './line.ts';

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
      if (this.#lines[index]!.matches(query.name)) return this.#ask(index, query, next);
    }
    return next(query);
  }

  async #ask(index: number, query: Query, next: Next): Promise<Reply> {
    const reply = await this.#lines[index]!.answer(query, index === this.#lines.length - 1);
    return reply ?? this.#from(index + 1, query, next);
  }
}
