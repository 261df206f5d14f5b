import type { Logger } from '../../src/log/logger.ts';
import type { Handler, Next, Repeatability } from '../../src/plugin/plugin.ts';
import type { Query } from '../../src/server/query.ts';
import type { Reply } from '../../src/server/reply.ts';
import { typeName } from '../../src/wire/codes.ts';
import type { Consolidation } from './consolidation.ts';

/** Logs the error of a reply that has one. Such a reply is never kept by a cache, so no repeat escapes the log. */
export class ErrorsHandler implements Handler {
  readonly repeats: Repeatability = 'observer';
  readonly #consolidations: readonly Consolidation[];
  readonly #log: Logger;

  constructor(consolidations: readonly Consolidation[], log: Logger) {
    this.#consolidations = consolidations;
    this.#log = log;
  }

  handle(query: Query, next: Next): Reply | Promise<Reply> {
    const reply = next(query);
    if (reply instanceof Promise) return reply.then((late) => this.after(query, late));
    return this.after(query, reply);
  }

  after(query: Query, reply: Reply): Reply {
    if (reply.error !== undefined) this.#tell(query, reply, reply.error);
    return reply;
  }

  #tell(query: Query, reply: Reply, error: Error): void {
    const line = `${reply.rcode} ${query.name} ${typeName(query.type)}: ${error.message}`;
    for (const consolidation of this.#consolidations) {
      if (!consolidation.matches(error.message)) continue;
      consolidation.add(line);
      return;
    }
    this.#log.error(line);
  }
}
