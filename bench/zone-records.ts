import { largeServiceAddress, largeServiceName } from './large-world.ts';

/** What a server of other make is given in place of Kubernetes objects: a record of cluster.local. */
export interface ZoneRecord {
  /** With a dot at its end. */
  readonly name: string;
  readonly type: 'A' | 'SRV';
  /** As in a zone file. */
  readonly data: string;
}

const PROD = 'prod.svc.cluster.local.';

/** What smallWorld() means in records. */
export const smallZone: readonly ZoneRecord[] = [
  { name: `web.${PROD}`, type: 'A', data: '10.96.0.20' },
  { name: `_http._tcp.web.${PROD}`, type: 'SRV', data: `0 100 80 web.${PROD}` },
  ...[1, 2, 3, 4].flatMap((index): ZoneRecord[] => [
    { name: `db.${PROD}`, type: 'A', data: `10.244.0.${index}` },
    { name: `db-${index}.db.${PROD}`, type: 'A', data: `10.244.0.${index}` },
    { name: `_sql._tcp.db.${PROD}`, type: 'SRV', data: `0 25 5432 db-${index}.db.${PROD}` },
  ]),
];

/** What the Services of writeLargeWorld() mean in records. */
export function largeZone(services: number): ZoneRecord[] {
  return Array.from({ length: services }, (_, index) => ({
    name: `${largeServiceName(index)}.svc.cluster.local.`,
    type: 'A',
    data: largeServiceAddress(index),
  }));
}

/** A zone file of cluster.local (RFC 1035, section 5). */
export function zoneFile(records: readonly ZoneRecord[]): string {
  const head = [
    'cluster.local. 30 IN SOA ns.dns.cluster.local. hostmaster.cluster.local. 1 7200 1800 86400 5',
    'cluster.local. 30 IN NS ns.dns.cluster.local.',
    'ns.dns.cluster.local. 30 IN A 10.96.0.10',
  ];
  const lines = records.map(({ name, type, data }) => `${name} 30 IN ${type} ${data}`);
  return `${[...head, ...lines].join('\n')}\n`;
}

/** Lines of a dnsmasq.conf. */
export function dnsmasqLines(records: readonly ZoneRecord[]): string {
  const lines = records.map(({ name, type, data }) => {
    if (type === 'A') return `host-record=${withoutDot(name)},${data},30`;
    const [priority, weight, port, target] = data.split(' ');
    return `srv-host=${withoutDot(name)},${withoutDot(target!)},${port},${priority},${weight}`;
  });
  return `${lines.join('\n')}\n`;
}

function withoutDot(name: string): string {
  return name.slice(0, -1);
}
