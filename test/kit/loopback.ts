import { createLogger } from '../../src/log/logger.ts';
import { PrometheusRegistry } from '../../src/metrics/prometheus-registry.ts';
import { openPlainDns } from '../../src/transport/open.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { FakeClock } from './fake-clock.ts';

/**
 * Real sockets on 127.0.0.1, UDP and TCP on one free port, for a server block that is asked by another block of the
 * same test server: `startServer(corefile, { sockets: new Map([[port, sockets]]) })`, where the block has that port
 * and `bind 127.0.0.1`. The server closes them.
 */
export function listenOnLoopback(): Promise<readonly Transport[]> {
  const log = createLogger(() => undefined);
  const surroundings = { clock: new FakeClock(), log, metrics: new PrometheusRegistry() };
  // The one that takes no thread of its own: these tests ask about other things.
  const open = openPlainDns(surroundings, { SIGNPOST_UDP: 'dgram' });
  return open('127.0.0.1', 0, 'dns://127.0.0.1:0');
}
