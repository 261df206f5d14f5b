import type { Handler, Next } from '../../src/plugin/plugin.ts';
import type { Query } from '../../src/server/query.ts';
import type { Reply } from '../../src/server/reply.ts';
import { isSilent } from '../../src/server/response-type.ts';

/** Hands queries on with a smaller EDNS size, and has the reply keep to it. Never raises one. */
export class BufsizeHandler implements Handler {
  readonly repeats = 'pure';
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
  }

  handle(query: Query, next: Next): Reply | Promise<Reply> {
    const { edns } = query;
    if (edns === undefined || edns.udpSize <= this.#size) return next(query);
    const reply = next(query.with({ edns: { ...edns, udpSize: this.#size } }));
    return reply instanceof Promise ? this.#limitLater(reply) : this.#limit(reply);
  }

  async #limitLater(pending: Promise<Reply>): Promise<Reply> {
    return this.#limit(await pending);
  }

  #limit(reply: Reply): Reply {
    return isSilent(reply) ? reply : reply.with({ udpSize: this.#size, repeat: reply.repeat });
  }
}
