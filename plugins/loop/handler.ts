import type { Handler, Next } from '../../src/plugin/plugin.ts';
import type { Query } from '../../src/server/query.ts';
import { Reply } from '../../src/server/reply.ts';
import { Rcode, RecordType } from '../../src/wire/codes.ts';
import type { UpstreamWatch } from './upstream-watch.ts';

/** Not an error of anybody's: the log has said it all. */
const back = Reply.failure(Rcode.ServerFailure, 'loop');

/** Looks out for probes that come back. */
export class LoopHandler implements Handler {
  readonly repeats = 'pure';
  readonly #probes: ReadonlyMap<string, UpstreamWatch>;

  /** @param probes those that are on their way, by name in lower case */
  constructor(probes: ReadonlyMap<string, UpstreamWatch>) {
    this.#probes = probes;
  }

  handle(query: Query, next: Next): Reply | Promise<Reply> {
    if (query.type !== RecordType.HINFO) return next(query);
    const watch = this.#probes.get(query.name);
    if (watch === undefined) return next(query);
    watch.returned(query.client, query.name);
    return back;
  }
}
