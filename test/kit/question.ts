import { Query, type QueryFields } from '../../src/server/query.ts';
import type { Reply } from '../../src/server/reply.ts';
import { Dependencies } from '../../src/truth/dependencies.ts';
import { HeaderFlag, RecordClass, RecordType } from '../../src/wire/codes.ts';
import { nameLength } from '../../src/wire/name.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';

/** A query for `name` as a client sends it: type A, RD set, by UDP from 192.0.2.1. */
export function question(name: string, changes: Partial<QueryFields> & { zone?: string } = {}): Query {
  const { zone = '.', ...fields } = changes;
  const query = new Query({
    id: 4711,
    flags: HeaderFlag.RD,
    name: name.toLowerCase(),
    originalName: name,
    type: RecordType.A,
    class: RecordClass.IN,
    edns: undefined,
    size: 12 + nameLength(name) + 4,
    client: {
      protocol: 'udp',
      address: '192.0.2.1',
      port: 40_212,
      family: 4,
      localAddress: '192.0.2.53',
      localPort: 53,
    },
    arrival: {
      server: 'dns://:53',
      resolve: (): Reply => {
        throw new Error('nobody is there to ask');
      },
    },
    dependencies: new Dependencies(),
    depth: 0,
    ...fields,
  });
  query.zone = zone;
  return query;
}

/** A record of 5 seconds' TTL; its data is the given bytes. */
export function record(name: string, type: number, data: readonly number[] = [192, 0, 2, 1]): ResourceRecord {
  return { name, type, class: RecordClass.IN, ttl: 5, data: Uint8Array.from(data) };
}
