import { question } from '../../test/kit/question.ts';
import type { Arrival } from '../server/query.ts';
import { Reply } from '../server/reply.ts';
import { RecordType, rcodeName, typeFromName } from '../wire/codes.ts';
import { recordText } from '../wire/presentation.ts';
import type { ResourceRecord } from '../wire/record.ts';
import { zoneAnswer } from './answer.ts';
import { ZoneBuilder } from './zone-builder.ts';
import { Include, ZoneFileReader } from './zone-file-reader.ts';
import type { Zone } from './zone.ts';

/** The zone that a text without `$INCLUDE` describes. */
export function zoneOf(text: string, origin: string): Zone {
  const builder = new ZoneBuilder(origin);
  for (const item of new ZoneFileReader(text, 'db', origin).records()) {
    if (item instanceof Include) throw new TypeError('tests include no files');
    builder.add(item);
  }
  const building = builder.build();
  for (let step = building.next(); ; step = building.next()) if (step.done === true) return step.value;
}

/** A code, then records; see `ask`. */
export type AnswerText = readonly string[];

/**
 * What a zone answers to `name TYPE`: the code, with `not authoritative` behind it where it is so, then records as
 * `an|ns|ar owner TYPE data`, without TTL and class.
 * @param elsewhere the server that aliases out of the zone are asked of
 */
export function ask(
  zone: Zone,
  text: string,
  { dnssec = false, elsewhere }: { dnssec?: boolean; elsewhere?: (text: string) => Reply } = {},
): AnswerText {
  const [name, typeWord] = text.split(' ') as [string, string];
  const type = typeFromName(typeWord)!;
  const arrival: Arrival = {
    server: 'dns://:53',
    resolve: (asked) => {
      if (elsewhere === undefined) throw new Error(`nobody is there to ask for ${asked.name}`);
      return elsewhere(`${asked.name} ${typeWord}`);
    },
  };
  const edns = dnssec ? { udpSize: 1232, version: 0, dnssecOk: true, options: new Uint8Array(0) } : undefined;
  const query = question(name, { type, arrival, edns });
  const reply = zoneAnswer(zone, query, zone.find(query.name, type), 'file');
  if (!(reply instanceof Reply)) throw new TypeError('the answer was at hand');
  return [
    `${rcodeName(reply.rcode)}${reply.authoritative ? '' : ' not authoritative'}`,
    ...section('an', reply.answer),
    ...section('ns', reply.authority),
    ...section('ar', reply.additional),
  ];
}

function section(name: string, records: readonly ResourceRecord[]): string[] {
  return records.map((record) => {
    const [owner, , , type, ...data] = recordText(record).split(' ');
    // The fields that say what a signature covers, and the key's name, are enough to tell it.
    return `${name} ${owner} ${type} ${record.type === RecordType.RRSIG ? data[0] : data.join(' ')}`;
  });
}
