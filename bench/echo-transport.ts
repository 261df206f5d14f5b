/**
 * What the sockets cost without any DNS: a UDP transport whose handler sends each query back as its own reply.
 * Usage: SIGNPOST_UDP=batched|dgram echo-transport.ts PORT. Prints `listening`.
 */
import { createLogger } from '../src/log/logger.ts';
import { PrometheusRegistry } from '../src/metrics/prometheus-registry.ts';
import { systemClock } from '../src/plugin/clock.ts';
import { chooseUdp } from '../src/transport/choose-udp.ts';

const log = createLogger((line) => console.error(line));
const create = await chooseUdp(process.env, log);
const transport = create({
  address: '127.0.0.1',
  port: Number(process.argv[2]),
  server: 'echo',
  handler: (packet) => {
    packet[2] = packet[2]! | 0x80;
    return packet;
  },
  clock: systemClock,
  metrics: new PrometheusRegistry(),
  log,
});
await transport.listen();
console.log('listening');
