import { RecordType } from '../../wire/codes.ts';
import { nameLength } from '../../wire/name.ts';
import type { Deadline } from '../../plugin/deadline-queue.ts';
import type { EngineParts } from '../engine-parts.ts';
import type { LinkQuestion, LinkRecord } from '../message.ts';
import { queryPackets } from '../packets.ts';
import { recordKey } from './record-key.ts';

/** Bytes of a packet of probes: no more than fit into a frame. */
const PACKET_BYTES = 1420;
/** A pointer to a question's name, and type, class, TTL and length of a record. */
const CLAIM_BYTES = 12;
/** Milliseconds that a probe waits for others of its moment. */
export const GATHERING = 1;
/** Milliseconds of which the first probe waits a random part (RFC 6762, section 8.1). */
const SPREAD = 251;

/** What one publication asks: whether anyone has these names, of which it is about to claim these records. */
export interface Probe {
  readonly names: readonly string[];
  readonly claims: readonly LinkRecord[];
}

/** Sends what is due at a time together: a gateway has hundreds of publications. */
export class Prober implements Deadline {
  deadline = 0;
  place = -1;
  readonly #parts: EngineParts;
  #due: Probe[] = [];
  /** When those that began last send their first probe: who begins now may go with them. */
  #nextStart = -Infinity;

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  /** How long to wait before the first of three probes, in milliseconds. */
  startDelay(least: number): number {
    const earliest = this.#parts.clock.monotonic() + least;
    if (this.#nextStart < earliest || this.#nextStart >= earliest + SPREAD) {
      this.#nextStart = earliest + this.#parts.random.below(SPREAD);
    }
    return this.#nextStart - earliest + least;
  }

  /** Sends a probe, with all others of this moment. */
  send(probe: Probe): void {
    this.#due.push(probe);
    if (this.place < 0) this.#parts.deadlines.add(this, GATHERING);
  }

  clear(): void {
    this.#due = [];
    this.#parts.deadlines.remove(this);
  }

  expire(): void {
    const due = this.#due;
    this.#due = [];
    for (let next = 0; next < due.length;) {
      const together = [due[next]!];
      let bytes = probeBytes(due[next++]!);
      for (; next < due.length && bytes + probeBytes(due[next]!) <= PACKET_BYTES; next++) {
        bytes += probeBytes(due[next]!);
        together.push(due[next]!);
      }
      this.#parts.send(queryPackets(this.#questions(together), [], claimsOf(together)));
    }
  }

  /** Replies by unicast are quickest, but would go astray where another program has the port, too (section 15.1). */
  #questions(probes: readonly Probe[]): LinkQuestion[] {
    const unicast = !this.#parts.link.isShared;
    const names = new Map(probes.flatMap((probe) => probe.names.map((name) => [name.toLowerCase(), name])));
    return [...names.values()].map((name) => ({ name, type: RecordType.ANY, unicast }));
  }
}

/** Two publications may claim the same: it goes once. */
function claimsOf(probes: readonly Probe[]): LinkRecord[] {
  const claims = new Map<string, LinkRecord>();
  for (const record of probes.flatMap((probe) => probe.claims)) {
    claims.set(recordKey(record), record);
  }
  return [...claims.values()];
}

/** At most so many: what domains have in common takes less. */
function probeBytes({ names, claims }: Probe): number {
  let bytes = 0;
  for (const name of names) bytes += nameLength(name) + 4;
  for (const { data } of claims) bytes += CLAIM_BYTES + data.length;
  return bytes;
}
