import type { Query } from '../server/query.ts';
import { Reply } from '../server/reply.ts';
import { Rcode } from '../wire/codes.ts';
import type { Clock } from './clock.ts';
import type { Handler, Next } from './plugin.ts';

/** A handler that only has something to do with replies. */
type OutwardHandler = Handler & Required<Pick<Handler, 'after'>>;

/**
 * Links a server block's handlers, first to last, into one function. Done once, when the block is set up: a query
 * makes no closure of its own, unless it has to wait.
 */
export function linkChain(handlers: readonly Handler[], clock: Clock): Next {
  let next: Next = endOfChain;
  for (let end = handlers.length; end > 0;) {
    let start = end;
    while (start > 0 && handlers[start - 1]!.after !== undefined) start--;
    if (start < end - 1) next = linkOutward(handlers.slice(start, end) as OutwardHandler[], next, clock);
    else next = link(handlers[(start = end - 1)]!, next);
    end = start;
  }
  return next;
}

function link(handler: Handler, next: Next): Next {
  return (query) => handler.handle(query, next);
}

/** Each promise that a query waits for takes memory as long: one for all of them. */
function linkOutward(handlers: readonly OutwardHandler[], next: Next, clock: Clock): Next {
  const leave = (query: Query, given: Reply, started: number): Reply => {
    let reply = given;
    for (let index = handlers.length - 1; index >= 0; index--) {
      reply = handlers[index]!.after(query, reply, started);
    }
    return reply;
  };
  return (query) => {
    const started = clock.monotonic();
    const reply = next(query);
    if (reply instanceof Promise) return reply.then((late) => leave(query, late, started));
    return leave(query, reply, started);
  };
}

/** Nobody in the block had an answer. */
function endOfChain(_query: Query): Reply {
  return Reply.failure(Rcode.ServerFailure, '', new Error('plugin/chain: no next plugin found'));
}
