import { ServerProcess } from '../kit/server-process.ts';
import { ask } from './ask.ts';
import type { Faults } from './faults.ts';
import type { RealUpstream } from './real-upstream.ts';
import { offersOnly, Relay } from './relay.ts';
import { freshName } from './sized-answers.ts';
import { TLS_NAME } from './unbound.ts';

/** Queries one after the other, and then as many at once. */
const QUERIES = 100;
const client = { protocol: 'udp', receiveSize: 1232 } as const;

/** What connections of a kind must be like. */
interface Transport {
  readonly title: string;
  readonly scheme: 'dns' | 'tls' | 'https';
  /** Name of the protocol in the TLS handshake. */
  readonly protocol?: string;
  /** Most connections for many queries at once, as the README of `forward` has it; undefined: one for each. */
  readonly most: number | undefined;
  /** What unbound counts these queries as. */
  readonly counter: string;
}

const transports: readonly Transport[] = [
  { title: 'TCP', scheme: 'dns', most: undefined, counter: 'num.query.tcp' },
  { title: 'DNS over TLS', scheme: 'tls', protocol: 'dot', most: 8, counter: 'num.query.tls' },
  { title: 'DNS over HTTPS', scheme: 'https', protocol: 'h2', most: 2, counter: 'num.query.https' },
];

/** That connections to an unbound are kept and shared, which is counted on the way to it. */
export async function checkReuse(upstream: RealUpstream, faults: Faults): Promise<void> {
  for (const transport of transports) await checkTransport(upstream, transport, faults);
}

async function checkTransport(
  upstream: RealUpstream,
  { title, scheme, protocol, most, counter }: Transport,
  faults: Faults,
): Promise<void> {
  const { encrypted, answers } = upstream;
  const [answer] = answers;
  const port = scheme === 'dns' ? upstream.port : encrypted![scheme];
  const relay = await Relay.start(port);
  const [tls, name] = [`tls ${encrypted!.certificate}`, `tls_servername ${TLS_NAME}`];
  const server = await ServerProcess.start(`.:0 {
    bind 127.0.0.1
    errors
    forward . ${scheme}://127.0.0.1:${relay.port} {
        ${scheme === 'dns' ? 'force_tcp' : `${tls}\n        ${name}`}
    }
}
`);
  const row = (what: string): string => `${upstream.title} by ${title} | ${what}`;
  const askOnce = async (index: number): Promise<boolean> => {
    const reply = await ask(server.port, freshName(answer!, index), answer!.type, client);
    return reply.rcode === 'NOERROR' && reply.records.length === answer!.data.length;
  };
  try {
    const before = upstream.statistics();
    let good = 0;
    for (let index = 0; index < QUERIES; index++) if (await askOnce(index)) good++;
    faults.row(row(`${QUERIES} queries one after the other`), [
      [good === QUERIES, `${good} were answered`],
      [relay.connections === 1, `${relay.connections} connections`],
    ]);
    const many = await Promise.all(Array.from({ length: QUERIES }, (_, index) => askOnce(index)));
    good = many.filter(Boolean).length;
    faults.row(row(`${QUERIES} queries at once`), [
      [good === QUERIES, `${good} were answered`],
      [relay.connections <= (most ?? QUERIES), `${relay.connections} connections`],
    ]);
    const made = relay.connections;
    relay.hangUp();
    faults.row(row('a query after the server has hung up'), [
      [await askOnce(0), 'it was not answered'],
      [relay.connections > made, 'no new connection'],
    ]);
    const after = upstream.statistics();
    const came = (name: string): number => after(name) - before(name);
    const queries = came('total.num.queries');
    const other = queries - came(counter);
    faults.row(row('what unbound has counted'), [
      [queries >= 2 * QUERIES + 1, `${queries} queries came`],
      [other === 0, `${other} of ${queries} queries came otherwise`],
      [protocol === undefined || came('num.query.tls.resume') > 0, 'no TLS session was resumed'],
    ]);
    if (protocol !== undefined) {
      const wrong = relay.openings.filter((opening) => !offersOnly(opening, protocol)).length;
      faults.row(row(`ALPN is ${protocol}`), [
        [wrong === 0, `not in ${wrong} of ${relay.openings.length} handshakes`],
      ]);
    }
  } finally {
    relay.close();
    if ((await server.stop()) !== 0) faults.add(row('the server did not end well'));
  }
  console.log(`${row(`${2 * QUERIES + 1} queries`)}, ${relay.connections} connections`);
}
