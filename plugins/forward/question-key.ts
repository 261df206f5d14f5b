import type { Protocol, Query } from '../../src/server/query.ts';

/**
 * What makes two queries one question: every byte that goes upstream but the id and the name's letter case, the
 * protocol, and the size that the client can take (a part of its OPT record). So nobody gets an answer that was made
 * for another's options.
 */
export function questionKey(query: Query, protocol: Protocol): string {
  const { name, type, flags, edns } = query;
  const start = `${name} ${type} ${query.class} ${flags} ${protocol}`;
  if (edns === undefined) return start;
  const { udpSize, version, dnssecOk, options } = edns;
  const opt = `${start} ${udpSize} ${version}${dnssecOk ? ' do' : ' -'}`;
  if (options.length === 0) return opt;
  return `${opt} ${Buffer.from(options.buffer, options.byteOffset, options.length).toString('latin1')}`;
}
