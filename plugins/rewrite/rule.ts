import type { Query } from '../../src/server/query.ts';
import type { Reply } from '../../src/server/reply.ts';

/** One rule of a server block. Made when the Corefile is read; keeps nothing of a query. */
export interface RewriteRule {
  /** Whether what it does depends on the question alone, and on no data that may change. */
  readonly pure: boolean;
  /** An EDNS option that clients get back as it was sent on; undefined for rules of other kinds. */
  readonly echoedOption?: number | undefined;
  /** What the rule makes of a query; undefined when it is not about this one. */
  apply(query: Query): Outcome | undefined;
}

/** What a rule that matched has done. */
export interface Outcome {
  /** The query as it goes on; the same one when only the reply is to be changed. */
  readonly query: Query;
  /** What is to be done to the reply, in reverse order. */
  readonly responses: readonly ResponseRule[];
}

/** A change to the reply. */
export interface ResponseRule {
  /** @param query as it was after all rules */
  apply(reply: Reply, query: Query): Reply | Promise<Reply>;
}

/** A rule and whether the rules after it are left out when it matches. */
export interface Step {
  readonly rule: RewriteRule;
  readonly stop: boolean;
}

export const NO_RESPONSES: readonly ResponseRule[] = [];
