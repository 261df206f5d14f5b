import type { Clock } from '../plugin/clock.ts';
import type { Logger } from '../log/logger.ts';
import type { MetricRegistry } from '../metrics/registry.ts';
import { chooseUdp, type CreateTeacher, type CreateUdp } from './choose-udp.ts';
import { createTcpTransport } from './tcp.ts';
import type { OpenTransports, Transport } from './transport.ts';

/** A port that is free for UDP may be taken for TCP; then another one is tried. */
const ATTEMPTS_FOR_ANY_PORT = 10;

/**
 * Opens plain DNS on an address: UDP, and TCP on the same port (RFC 7766).
 * @param environment holds SIGNPOST_UDP; see chooseUdp
 */
export function openPlainDns(
  surroundings: {
    clock: Clock;
    log: Logger;
    metrics: MetricRegistry;
  },
  environment: Readonly<Record<string, string | undefined>> = process.env,
  createTeacher?: CreateTeacher,
): OpenTransports {
  let chosen: Promise<CreateUdp> | undefined;
  return async (address, port, server, sockets = 1) => {
    const createUdp = await (chosen ??= chooseUdp(environment, surroundings.log, createTeacher));
    for (let attempt = 1; ; attempt++) {
      const options = { ...surroundings, address, server, handler: () => undefined };
      const udp = createUdp({ ...options, port, sockets });
      await udp.listen();
      const tcp = createTcpTransport({ ...options, port: udp.port });
      try {
        await tcp.listen();
        return [udp, tcp] satisfies Transport[];
      } catch (error) {
        await udp.close(0);
        if (port !== 0 || attempt === ATTEMPTS_FOR_ANY_PORT) throw error;
      }
    }
  };
}
