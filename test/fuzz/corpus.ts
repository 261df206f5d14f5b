import { HeaderFlag, OptionCode, RecordType } from '../../src/wire/codes.ts';
import { writeOptions } from '../../src/wire/edns.ts';
import { writeQuery } from '../../src/wire/write-query.ts';

const names = [
  'web.prod.svc.cluster.local.',
  'WEB.Prod.svc.Cluster.Local.',
  '_metrics._tcp.fleet.monitoring.svc.cluster.local.',
  'fleet.monitoring.svc.cluster.local.',
  'mid.monitoring.svc.cluster.local.',
  'nosuch.prod.svc.cluster.local.',
  '10-244-1-5.prod.pod.cluster.local.',
  'cluster.local.',
  'dns-version.cluster.local.',
  '1.0.96.10.in-addr.arpa.',
  `1.${'0.'.repeat(31)}ip6.arpa.`,
  'one.example.hosts.',
  'a.wild.example.hosts.',
  'www.example.org.',
  `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}.`,
  'odd\\.dot.\\000\\255.example.org.',
  '.',
];
const types = ['A', 'AAAA', 'SRV', 'TXT', 'PTR', 'NS', 'SOA', 'CNAME', 'DS', 'HTTPS', 'ANY', 'AXFR'] as const;

const options = writeOptions([
  { code: OptionCode.Cookie, data: Buffer.from('0123456789abcdef', 'hex') },
  { code: OptionCode.ClientSubnet, data: Buffer.from('000118000a0000', 'hex') },
  { code: OptionCode.Padding, data: new Uint8Array(32) },
]);

/** Sound queries of many kinds, to begin with: every name and type, without EDNS, with, and with options. */
export function corpus(): Buffer[] {
  return names.flatMap((name) =>
    types.flatMap((type, index) => {
      const question = { name, type: RecordType[type], class: 1 };
      const flags = index % 2 === 0 ? HeaderFlag.RD : HeaderFlag.CD;
      const edns = {
        udpSize: 512 + index * 100,
        version: 0,
        dnssecOk: index % 3 === 0,
        options: new Uint8Array(0),
      };
      return [
        writeQuery({ id: 0, flags, question, edns: undefined }),
        writeQuery({ id: 0, flags, question, edns }),
        writeQuery({ id: 0, flags, question, edns: { ...edns, options } }),
      ];
    }),
  );
}
