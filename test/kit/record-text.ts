import { addressText } from '../../src/wire/address.ts';
import { RecordType, typeName } from '../../src/wire/codes.ts';
import { nameLength } from '../../src/wire/name.ts';
import { nameInData } from '../../src/wire/rdata.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';

/** A record as a zone file has it, without its class: `web.example.org. 5 A 192.0.2.1`. */
export function recordText(record: ResourceRecord): string {
  return `${record.name} ${record.ttl} ${typeName(record.type)} ${dataText(record)}`;
}

function dataText({ type, data }: ResourceRecord): string {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  switch (type) {
    case RecordType.A:
    case RecordType.AAAA:
      return addressText(data);
    case RecordType.CNAME:
    case RecordType.NS:
    case RecordType.PTR:
      return nameInData(data);
    case RecordType.SRV:
      return `${view.getUint16(0)} ${view.getUint16(2)} ${view.getUint16(4)} ${nameInData(data, 6)}`;
    case RecordType.TXT:
      return JSON.stringify(Buffer.from(data.subarray(1, 1 + data[0]!)).toString());
    case RecordType.SOA: {
      const primary = nameInData(data);
      const mailbox = nameInData(data, nameLength(primary));
      const at = nameLength(primary) + nameLength(mailbox);
      const numbers = [0, 4, 8, 12, 16].map((offset) => view.getUint32(at + offset));
      return `${primary} ${mailbox} ${numbers.join(' ')}`;
    }
    default:
      return Buffer.from(data).toString('hex');
  }
}
