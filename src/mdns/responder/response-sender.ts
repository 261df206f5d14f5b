import type { EngineParts } from '../engine-parts.ts';
import type { LinkRecord } from '../message.ts';
import { legacyPacket, responsePackets } from '../packets.ts';
import { additionalSets } from './additional-records.ts';
import type { OwnNames } from './own-names.ts';
import type { OwnSet } from './own-set.ts';
import type { Goodbye, Reply } from './response-queue.ts';

/** Puts what is due into packets. What is said for somebody else goes in packets of its own, which carry the mark. */
export class ResponseSender {
  readonly #parts: EngineParts;
  readonly #names: OwnNames;

  constructor(parts: EngineParts, names: OwnNames) {
    this.#parts = parts;
    this.#names = names;
  }

  /**
   * To the group.
   * @param interval milliseconds in which a record must not go twice
   * @returns what went along as additional records: as much as there was room for
   */
  multicast(sets: readonly OwnSet[], now: number, interval: number): OwnSet[] {
    const added = additionalSets(sets, this.#names).filter((set) => now - set.multicastAt >= interval);
    for (const set of sets) set.multicast(now);
    const gone: OwnSet[] = [];
    this.#bothKinds(sets, added, (answers, additional, options) => {
      const packets = responsePackets(recordsOf(answers), recordsOf(additional), options);
      this.#parts.send(packets);
      let room = additionalCount(packets.at(-1)!, options);
      for (const set of additional) {
        if (room <= 0) break;
        set.multicast(now);
        room -= set.members.length;
        if (room >= 0) gone.push(set);
      }
    });
    return gone;
  }

  /** To one asker. */
  reply({ to, sets, legacy }: Reply): void {
    const answers = [...sets.keys()].filter((set) => set.members.length > 0);
    if (legacy !== undefined) {
      const added = additionalSets(answers, this.#names);
      const told = answers.filter((set) => !set.isNegative);
      const negative = answers.filter((set) => set.isNegative);
      const { id, questions } = legacy;
      this.#parts.send(
        [legacyPacket(id, questions, recordsOf(told), recordsOf([...negative, ...added]))],
        to,
      );
    } else if (answers.length > 0) {
      this.#bothKinds(answers, additionalSets(answers, this.#names), (told, additional, options) => {
        this.#parts.send(responsePackets(recordsOf(told), recordsOf(additional), options), to);
      });
    }
  }

  /** Takes records back. */
  goodbyes(goodbyes: Iterable<readonly [LinkRecord, Goodbye]>): void {
    const own: LinkRecord[] = [];
    const marked: LinkRecord[] = [];
    for (const [record, { isMarked }] of goodbyes) (isMarked ? marked : own).push(record);
    if (own.length > 0) this.#parts.send(responsePackets(own));
    if (marked.length > 0) this.#parts.send(responsePackets(marked, [], this.#parts.mark));
  }

  #bothKinds(
    answers: readonly OwnSet[],
    additional: readonly OwnSet[],
    send: (
      answers: readonly OwnSet[],
      additional: readonly OwnSet[],
      options: Uint8Array | undefined,
    ) => void,
  ): void {
    for (const isMarked of [false, true]) {
      const told = answers.filter((set) => set.isMarked === isMarked);
      if (told.length === 0) continue;
      const more = additional.filter((set) => set.isMarked === isMarked);
      send(told, more, isMarked ? this.#parts.mark : undefined);
    }
  }
}

function recordsOf(sets: readonly OwnSet[]): LinkRecord[] {
  return sets.flatMap((set) => set.records);
}

/** How many additional records a packet has, without its OPT record. */
function additionalCount(packet: Buffer, options: Uint8Array | undefined): number {
  return packet.readUInt16BE(10) - (options !== undefined && options.length > 0 ? 1 : 0);
}
