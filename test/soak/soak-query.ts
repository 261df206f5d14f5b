import { HeaderFlag, RecordType } from '../../src/wire/codes.ts';
import { writeQuery } from '../../src/wire/write-query.ts';

/** A question that the Corefiles of the soaks answer with an address. */
export function soakQuery(id: number): Buffer {
  return writeQuery({
    id,
    flags: HeaderFlag.RD,
    question: { name: 'web.prod.svc.cluster.local.', type: RecordType.A, class: 1 },
    edns: undefined,
  });
}
