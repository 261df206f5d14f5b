import { OtherClasses, UpstreamServers } from '../../src/plugin/capability.ts';
import type { Controller } from '../../src/plugin/controller.ts';
import type { Handler } from '../../src/plugin/plugin.ts';
import { endpointName } from '../../src/upstream/endpoint.ts';
import { Upstream } from '../../src/upstream/upstream.ts';
import { Budget } from './budget.ts';
import { ForwardHandler } from './handler.ts';
import { Health } from './health.ts';
import { ForwardLine } from './line.ts';
import type { Member } from './member.ts';
import { ForwardMetrics } from './metrics.ts';
import type { LineOptions } from './options.ts';
import { Standing } from './standing.ts';
import { addressesOf } from './upstream-addresses.ts';
import type { UpstreamAddress } from './upstream-addresses.ts';

/** Makes the upstreams of all lines. Nothing is sent before there is a query. */
export function setup(lines: readonly LineOptions[], controller: Controller): Handler {
  const metrics = new ForwardMetrics(controller.metrics);
  const budget = controller.share('forward/budget', () => new Budget());
  controller.offer(OtherClasses, true);
  const servers: UpstreamAddress[] = [];
  controller.offer(UpstreamServers, () => servers);
  const handlers = lines.map((options) => {
    for (const warning of options.warnings) controller.log.warning(warning);
    const addresses = addressesOf(options, controller);
    servers.push(...addresses);
    const members = addresses.map((address) => member(address, options, metrics, controller));
    // Queries of this configuration that are still in flight are answered yet.
    controller.onStop(() => {
      for (const { upstream, health } of members) {
        health.stop();
        upstream.close();
      }
    });
    return new ForwardLine(options, members, {
      metrics,
      budget,
      clock: controller.clock,
      random: controller.random,
    });
  });
  return new ForwardHandler(handlers);
}

function member(
  { address, port }: UpstreamAddress,
  options: LineOptions,
  forwardMetrics: ForwardMetrics,
  { clock, random }: Controller,
): Member {
  const metrics = forwardMetrics.of(endpointName(address, port));
  const { expire, maximumAge, maximumIdle, sourceAddress } = options;
  const { connectionUsed, replyDropped } = metrics;
  const upstream = new Upstream({
    address,
    port,
    sourceAddress,
    expire,
    maximumAge,
    maximumIdle,
    clock,
    random,
    connectionUsed,
    replyDropped,
  });
  const protocol = options.forceTcp ? 'tcp' : 'udp';
  const health = new Health(upstream, options.healthCheck, protocol, { clock, random }, metrics.probeFailed);
  const standing = {
    udp: new Standing(() => metrics.gauges('udp')),
    tcp: new Standing(() => metrics.gauges('tcp')),
  };
  return { upstream, health, standing, metrics };
}
