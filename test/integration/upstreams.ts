/**
 * `npm run test:upstreams`: bin/signpost with `forward` and `cache` in front of unbound and of Knot DNS, on loopback.
 * Answers of 400 to 65,535 bytes, asked for by UDP and TCP without EDNS and with receive sizes of 512, 1232 and 4096,
 * as a miss and as a hit on what each manner of asking left in the cache; the upstreams are asked by UDP, TCP, DNS over
 * TLS and DNS over HTTPS. Each must be the whole answer, unless it does not fit; TC must stand where it does not, and
 * nowhere else. Before that: that connections are kept and shared, and which certificates are trusted.
 * Needs unbound, knotd and openssl (`apt-get install unbound knot openssl`).
 */
import { Faults } from './faults.ts';
import { startKnot } from './knot.ts';
import type { RealUpstream } from './real-upstream.ts';
import { checkReuse } from './reuse.ts';
import { sizedAnswers } from './sized-answers.ts';
import { checkSizes } from './sizes.ts';
import type { Way } from './sizes.ts';
import { checkTrust } from './trust.ts';
import { startUnbound, TLS_NAME } from './unbound.ts';

const faults = new Faults();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const small = await startUnbound({ names: [TLS_NAME] }, sizedAnswers.slice(0, 1));
try {
  await checkReuse(small, faults);
  await checkTrust(small, faults);
} finally {
  await small.stop();
}
for (const start of [startUnbound, startKnot]) {
  const upstream = await start();
  try {
    for (const way of waysTo(upstream)) {
      try {
        await checkSizes(upstream, way, faults);
      } catch (error) {
        // No answer at all: the rest of this way would be the same.
        const { message, cause } = error as Error;
        faults.add(`${message}: ${cause instanceof Error ? cause.message : ''}`);
      }
    }
  } finally {
    await upstream.stop();
  }
}
console.log(
  faults.count === 0 ? `all ${faults.rows} as they must be` : `${faults.count} faults in ${faults.rows}`,
);
process.exitCode = faults.count === 0 ? 0 : 1;

function waysTo({ title, port, encrypted }: RealUpstream): Way[] {
  const plain = `127.0.0.1:${port}`;
  // An answer that was cut by UDP is asked for again by TCP.
  const ways: Way[] = [
    { title: `${title} as the client asks`, to: plain, properties: [], protocols: ['udp', 'tcp'] },
    {
      title: `${title} by UDP first`,
      to: plain,
      properties: ['prefer_udp'],
      protocols: ['udp', 'tcp'],
    },
    { title: `${title} by TCP`, to: plain, properties: ['force_tcp'], protocols: ['tcp'] },
  ];
  if (encrypted === undefined) return ways;
  const trust = [`tls ${encrypted.certificate}`, `tls_servername ${TLS_NAME}`];
  const https = `https://127.0.0.1:${encrypted.https}`;
  return [
    ...ways,
    {
      title: `${title} by DNS over TLS`,
      to: `tls://127.0.0.1:${encrypted.tls}`,
      properties: trust,
      protocols: ['tcp-tls'],
    },
    ...['POST', 'GET'].map((method) => ({
      title: `${title} by DNS over HTTPS, ${method}`,
      to: https,
      properties: [...trust, `doh_method ${method}`],
      protocols: ['https'],
    })),
  ];
}
