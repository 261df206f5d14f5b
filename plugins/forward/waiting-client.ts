import type { Query } from '../../src/server/query.ts';
import type { Reply } from '../../src/server/reply.ts';

/** Asks the next `forward` line that a query matches, or the next plugin. */
export type Onward = () => Reply | Promise<Reply>;

/** A client that waits for what comes of an inquiry. */
export class WaitingClient {
  readonly query: Query;
  /** Bytes of the budget. */
  readonly cost: number;
  /** Undefined: no other line may have its query. */
  readonly onward: Onward | undefined;
  readonly answer: (reply: Reply | Promise<Reply>) => void;

  constructor(query: Query, cost: number, onward: Onward | undefined, answer: WaitingClient['answer']) {
    this.query = query;
    this.cost = cost;
    this.onward = onward;
    this.answer = answer;
  }
}
