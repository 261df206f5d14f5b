import { createSecureContext } from 'node:tls';
import { seededRandom } from '../../src/plugin/random.ts';
import type { Encryption } from '../../src/upstream/encryption.ts';
import { Upstream } from '../../src/upstream/upstream.ts';
import type { UpstreamOptions } from '../../src/upstream/upstream.ts';
import { makeCertificate } from './certificate.ts';
import { FakeClock } from './fake-clock.ts';

/** For `dns.example` and 127.0.0.1. */
export const certificate = makeCertificate({ names: ['dns.example', '127.0.0.1'] });

/** An encrypted upstream that trusts `certificate`, its clock, and which connections it used; `using` aborts it. */
export function connectTo(
  server: { readonly port: number },
  encryption: Partial<Encryption> & Pick<Encryption, 'scheme'>,
  options: Partial<UpstreamOptions> = {},
): { upstream: Upstream; clock: FakeClock; uses: string[] } & Disposable {
  const clock = new FakeClock();
  const uses: string[] = [];
  const upstream = new Upstream({
    address: '127.0.0.1',
    port: server.port,
    expire: 10_000,
    maximumAge: 0,
    maximumIdle: 0,
    clock,
    random: seededRandom(1),
    connectionUsed: (protocol, reused) => uses.push(`${protocol} ${reused ? 'reused' : 'new'}`),
    encryption: {
      context: createSecureContext({ ca: certificate.certificate }),
      serverName: undefined,
      pins: [],
      method: 'POST',
      ...encryption,
    },
    ...options,
  });
  return { upstream, clock, uses, [Symbol.dispose]: () => upstream.abort() };
}
