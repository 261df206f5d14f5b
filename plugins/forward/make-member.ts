import type { Controller } from '../../src/plugin/controller.ts';
import type { Protocol } from '../../src/server/query.ts';
import type { EncryptedProtocol } from '../../src/upstream/encrypted-transport.ts';
import type { Encryption } from '../../src/upstream/encryption.ts';
import { endpointName } from '../../src/upstream/endpoint.ts';
import { Upstream } from '../../src/upstream/upstream.ts';
import { Health } from './health.ts';
import { watchLoop } from './loop-probe.ts';
import type { Member } from './member.ts';
import type { ForwardMetrics, UpstreamMetrics } from './metrics.ts';
import type { LineOptions } from './options.ts';
import { Standing } from './standing.ts';
import type { UpstreamAddress } from './upstream-addresses.ts';

/** Makes an upstream of a line, with all that is kept about it. Nothing is sent yet. */
export function makeMember(
  place: UpstreamAddress,
  options: LineOptions,
  encryption: Encryption | undefined,
  forwardMetrics: ForwardMetrics,
  controller: Controller,
): Member {
  const { address, port } = place;
  const { clock, random } = controller;
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
    encryption,
  });
  const protocol = options.forceTcp ? 'tcp' : 'udp';
  const health = new Health(upstream, options.healthCheck, protocol, { clock, random }, metrics.probeFailed);
  const standing = standings(upstream.encryptedProtocol, metrics);
  const loop = watchLoop(upstream, place, options, controller);
  return { upstream, health, standing, metrics, loop };
}

/** One for each protocol; an encrypted upstream is asked in one way only. */
function standings(
  encrypted: EncryptedProtocol | undefined,
  metrics: UpstreamMetrics,
): Record<Protocol, Standing> {
  const of = (protocol: Protocol | EncryptedProtocol): Standing =>
    new Standing(() => metrics.gauges(protocol));
  if (encrypted === undefined) return { udp: of('udp'), tcp: of('tcp') };
  const both = of(encrypted);
  return { udp: both, tcp: both };
}
