import type { Query } from '../server/query.ts';
import { Reply } from '../server/reply.ts';
import { Rcode } from '../wire/codes.ts';
import type { Handler, Next } from './plugin.ts';

/**
 * Links a server block's handlers, first to last, into one function. Done once, when the block is set up: a query
 * makes no closure of its own.
 */
export function linkChain(handlers: readonly Handler[]): Next {
  return handlers.reduceRight<Next>((next, handler) => (query) => handler.handle(query, next), endOfChain);
}

/** Nobody in the block had an answer. */
function endOfChain(_query: Query): Reply {
  return Reply.failure(Rcode.ServerFailure, '', new Error('plugin/chain: no next plugin found'));
}
