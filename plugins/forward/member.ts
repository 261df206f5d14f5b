import type { LoopWatch } from '../../src/plugin/capability.ts';
import type { Protocol } from '../../src/server/query.ts';
import type { Upstream } from '../../src/upstream/upstream.ts';
import type { Health } from './health.ts';
import type { UpstreamMetrics } from './metrics.ts';
import type { Standing } from './standing.ts';

/** An upstream with what is known and counted about it. */
export interface Member {
  readonly upstream: Upstream;
  readonly health: Health;
  readonly standing: Readonly<Record<Protocol, Standing>>;
  readonly metrics: UpstreamMetrics;
  /** Undefined without `loop`. */
  readonly loop: LoopWatch | undefined;
}

/**
 * The order in which to try members: those in doubt come last, or, with the policy sequential, those of which a probe
 * has failed too. One lost datagram is no reason to tell a query to servers that the operator put behind.
 */
export function doubtfulLast(order: readonly Member[], sequential: boolean): readonly Member[] {
  if (order.length < 2 || !order.some((member) => isDoubtful(member, sequential))) return order;
  return [
    ...order.filter((member) => !isDoubtful(member, sequential)),
    ...order.filter((member) => isDoubtful(member, sequential)),
  ];
}

function isDoubtful({ health }: Member, sequential: boolean): boolean {
  return sequential ? health.fails > 0 : health.inDoubt;
}
