import type { Handler } from '../../src/plugin/plugin.ts';
import type { Query } from '../../src/server/query.ts';
import { Reply } from '../../src/server/reply.ts';
import { addressBytes } from '../../src/wire/address.ts';
import { RecordType } from '../../src/wire/codes.ts';
import { MAXIMUM_NAME_BYTES, nameLength } from '../../src/wire/name.ts';
import { srvData } from '../../src/wire/rdata.ts';

/** Declares no repeatability: its answer is about the client, and no other may see it. */
export class WhoamiHandler implements Handler {
  handle(query: Query): Reply {
    const { address, family, port, protocol } = query.client;
    const owner = query.originalName;
    const fields = { class: query.class, ttl: 0 };
    const addressRecord = {
      ...fields,
      name: owner,
      type: family === 4 ? RecordType.A : RecordType.AAAA,
      data: addressBytes(address)!,
    };
    const portName = owner === '.' ? `_${protocol}.` : `_${protocol}.${owner}`;
    const portRecord = {
      ...fields,
      name: portName,
      type: RecordType.SRV,
      data: srvData(0, 0, port, '.'),
    };
    // A name of nearly 255 bytes leaves no room for another label.
    const fits = nameLength(portName) <= MAXIMUM_NAME_BYTES;
    const additional = fits ? [addressRecord, portRecord] : [addressRecord];
    return new Reply({ authoritative: true, additional, source: 'whoami' });
  }
}
