import type { Answer as Record, DecodedPacket, OptAnswer, Packet } from 'dns-packet';

/** What came back. */
export interface Answer {
  /** Bytes on the wire. */
  readonly size: number;
  readonly truncated: boolean;
  readonly rcode: string;
  readonly hasOpt: boolean;
  /** INFO-CODE of an Extended DNS Error (RFC 8914), if there is one. */
  readonly extendedError: number | undefined;
  /** The records of all sections but OPT, `answer q000001.s00400.test TXT …`, sorted: servers turn them round. */
  readonly records: readonly string[];
  /** Seconds, least and most of all records; infinities when there are none. */
  readonly lowestTtl: number;
  readonly highestTtl: number;
}

/** An option that dns-packet does not know. */
interface OptionBytes {
  readonly code: number;
  readonly data: Buffer;
}

/** INFO-CODEs stand in options of this code. */
const EXTENDED_ERROR = 15;

/** @throws Error when it is not the answer to this query */
export function answerOf(packet: Uint8Array, message: DecodedPacket, query: Packet): Answer {
  if (message.id !== query.id) throw new Error(`asked with id ${query.id}, answered with ${message.id}`);
  const [asked, echoed] = [query.questions![0]!, message.questions![0]];
  if (echoed?.name !== asked.name || echoed.type !== asked.type)
    throw new Error('another question came back');
  const records: string[] = [];
  const ttls: number[] = [];
  for (const section of ['answers', 'authorities', 'additionals'] as const) {
    for (const record of message[section] ?? []) {
      if (record.type === 'OPT') continue;
      records.push(`${section} ${record.name} ${record.type} ${dataText(record)}`);
      if ('ttl' in record) ttls.push(record.ttl ?? 0);
    }
  }
  const opt = message.additionals?.find((record): record is OptAnswer => record.type === 'OPT');
  const extended = (opt?.options as readonly OptionBytes[] | undefined)?.find(
    ({ code }) => code === EXTENDED_ERROR,
  );
  return {
    size: packet.length,
    truncated: message.flag_tc,
    rcode: (message as DecodedPacket & { rcode: string }).rcode,
    hasOpt: opt !== undefined,
    extendedError: extended?.data.readUInt16BE(0),
    records: records.sort(),
    lowestTtl: Math.min(...ttls),
    highestTtl: Math.max(...ttls),
  };
}

function dataText(record: Record): string {
  if (record.type === 'TXT') return Buffer.concat(record.data as Buffer[]).toString('latin1');
  return JSON.stringify('data' in record ? record.data : undefined);
}
