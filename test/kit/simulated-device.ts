import { sameName } from '../../src/mdns/cached-record.ts';
import { readLinkMessage } from '../../src/mdns/message.ts';
import type { LinkRecord } from '../../src/mdns/message.ts';
import { responsePackets } from '../../src/mdns/packets.ts';
import { RecordType } from '../../src/wire/codes.ts';
import { parseRecord } from '../../src/wire/presentation.ts';
import type { SimulatedLink, SimulatedStation } from './simulated-link.ts';

/**
 * A record of a link from `owner ttl type data`: unique unless it is a PTR record. Names in presentation form; spaces
 * in them as `\032`.
 */
export function linkRecord(text: string): LinkRecord {
  const [owner, ttl, ...rest] = text.split(' ');
  const record = parseRecord(`${owner} ${ttl} IN ${rest.join(' ')}`);
  return { ...record, unique: record.type !== RecordType.PTR };
}

/** Answers what it is asked at once, by its NSEC record where it has one: no probes, no announcements. */
export class SimulatedDevice {
  readonly station: SimulatedStation;
  /** How many questions for its names it has heard. */
  asked = 0;
  readonly #records: readonly LinkRecord[];

  constructor(link: SimulatedLink, address: string, ...records: readonly string[]) {
    this.#records = records.map(linkRecord);
    this.station = link.station('device', address);
    this.station.listen({ heard: (packet) => this.#heard(packet), addressesChanged: () => undefined });
  }

  /** Says something that it was not asked for, and does not answer with. */
  say(...records: readonly string[]): void {
    this.#send(records.map(linkRecord));
  }

  /** Takes everything back. */
  sayGoodbye(): void {
    this.#send(this.#records.map((record) => ({ ...record, ttl: 0 })));
  }

  #heard(packet: Uint8Array): void {
    const message = readLinkMessage(packet);
    if (message === undefined || message.isResponse) return;
    const answers = message.questions.flatMap(({ name, type }) => {
      const own = this.#records.filter((record) => sameName(record.name, name));
      const asked = own.filter((record) => record.type === type);
      return asked.length > 0 ? asked : own.filter((record) => record.type === RecordType.NSEC);
    });
    if (answers.length === 0) return;
    this.asked++;
    this.#send(answers);
  }

  #send(records: readonly LinkRecord[]): void {
    for (const packet of responsePackets(records)) this.station.send(packet);
  }
}
