import type { Reply } from '../../src/server/reply.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';

/** Seconds that an answer from a snapshot may be kept: by then the API server may have been heard. */
const LONGEST_TTL = 5;

/** The same reply with no TTL above five seconds. */
export function shortLived(reply: Reply): Reply {
  const { answer, authority, additional } = reply;
  return reply.with({
    answer: answer.map(capped),
    authority: authority.map(capped),
    additional: additional.map(capped),
  });
}

function capped(record: ResourceRecord): ResourceRecord {
  return record.ttl > LONGEST_TTL ? { ...record, ttl: LONGEST_TTL } : record;
}
