import { RecordType } from '../../src/wire/codes.ts';

const { A, AAAA, SRV, PTR, SOA, NS, TXT, CNAME } = RecordType;

/** Something to ask. */
export interface Asked {
  readonly name: string;
  readonly type: number;
  /** Made from the server's own data only, so that with no cache at all the answer would be the same. */
  readonly local: boolean;
}

const local: readonly (readonly [name: string, ...types: number[]])[] = [
  ['web.shop.svc.cluster.local.', A, AAAA, SRV],
  ['all.shop.svc.cluster.local.', A, SRV],
  ['other.shop.svc.cluster.local.', A],
  ['one.all.shop.svc.cluster.local.', A],
  ['big.shop.svc.cluster.local.', A, SRV],
  ['_http._tcp.web.shop.svc.cluster.local.', SRV],
  ['out.shop.svc.cluster.local.', A, CNAME],
  ['none.shop.svc.cluster.local.', A],
  ['web.lab.svc.cluster.local.', A],
  ['web.ghost.svc.cluster.local.', A],
  ['lab.svc.cluster.local.', A, TXT],
  ['ghost.svc.cluster.local.', A],
  ['cluster.local.', SOA],
  ['10-0-0-1.shop.pod.cluster.local.', A],
  ['10-0-0-1.lab.pod.cluster.local.', A],
  ['web.fresh.svc.clusterset.local.', A, SRV],
  ['clusterset.local.', SOA],
  ['web.fresh.svc.set.test.', A],
  ['10-7-0-0.shop.pod.verified.test.', A],
  ['10-7-0-1.shop.pod.verified.test.', A],
  ['10-7-0-2.shop.pod.verified.test.', A],
  ['10-7-0-3.shop.pod.verified.test.', A],
  ['web.shop.svc.verified.test.', A],
  ['web.lab.svc.verified.test.', A],
  ['web.shop.rewritten.test.', A],
  ['all.shop.rewritten.test.', A, SRV],
  ['none.shop.rewritten.test.', A],
  ['six.example.', A, AAAA],
  ['other.example.', A],
  ['seven.example.', A, AAAA],
  ['zone.test.', SOA, NS],
  ['a.zone.test.', A, AAAA],
  ['alias.zone.test.', A],
  ['sometimes.zone.test.', A],
  ['x.wild.zone.test.', TXT, A],
  ['one.tmpl.test.', A],
  ...[0, 1, 2, 3].map((last) => [`${last}.0.0.10.in-addr.arpa.`, PTR] as const),
  ...[0, 1, 2, 3].map((last) => [`${last}.0.7.10.in-addr.arpa.`, PTR] as const),
  ['69.1.8.10.in-addr.arpa.', PTR],
];
const others: typeof local = [
  // In mixed letter case these are not there, and a cache does not tell letter cases apart (CoreDNS).
  ['cluster.local.', NS],
  ['ns.dns.cluster.local.', A],
  ['count.off.test.', A],
  ['one.example.net.', A, AAAA],
  ['two.example.net.', A],
  ['three.example.net.', A],
  ['five.example.', A, AAAA],
  ['eight.example.', A],
  ['out.zone.test.', A],
  ['two.tmpl.test.', A],
  ['far.shop.svc.cluster.local.', A],
];

/** All that is asked. */
export const questions: readonly Asked[] = [
  ...local.flatMap(([name, ...types]) => types.map((type) => ({ name, type, local: true }))),
  ...others.flatMap(([name, ...types]) => types.map((type) => ({ name, type, local: false }))),
];
