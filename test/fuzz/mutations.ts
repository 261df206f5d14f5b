import type { Random } from '../../src/plugin/random.ts';

const HEADER_BYTES = 12;
/** Longer UDP datagrams do not leave. */
const MAXIMUM_BYTES = 60_000;

type Mutation = (packet: Buffer, random: Random, queries: readonly Buffer[]) => Buffer;

/** What one may do to a query so that it mostly stays one. */
const gentle: readonly Mutation[] = [(packet) => packet, changeQuestion, changeQuestion, appendOpt];

/** What one may do to a query so that it mostly does not. */
const rough: readonly Mutation[] = [
  flipBodyBits,
  flipBits,
  appendRecord,
  attackLengths,
  truncate,
  splice,
  changeCounts,
  insertBytes,
];

/** A query with a few mutations, about half of them harmless; its id is the caller's to set. */
export function mutated(queries: readonly Buffer[], random: Random): Buffer {
  let packet: Buffer = Buffer.from(queries[random.below(queries.length)]!);
  const apply = (mutations: readonly Mutation[]): void => {
    packet = mutations[random.below(mutations.length)]!(packet, random, queries);
  };
  apply(gentle);
  if (random.below(2) === 0) for (let count = 1 + random.below(2); count > 0; count--) apply(rough);
  return packet.subarray(0, MAXIMUM_BYTES);
}

function flipBits(packet: Buffer, random: Random): Buffer {
  return flipFrom(packet, 2, random);
}

function flipBodyBits(packet: Buffer, random: Random): Buffer {
  return flipFrom(packet, HEADER_BYTES, random);
}

function flipFrom(packet: Buffer, start: number, random: Random): Buffer {
  if (packet.length <= start) return packet;
  for (let count = 1 + random.below(4); count > 0; count--) {
    const at = start + random.below(packet.length - start);
    packet[at] = packet[at]! ^ (1 << random.below(8));
  }
  return packet;
}

/** A letter, digit or star in the first label, or another type. */
function changeQuestion(packet: Buffer, random: Random): Buffer {
  const size = packet[HEADER_BYTES];
  if (size === undefined || size === 0 || size > 63 || packet.length < HEADER_BYTES + 1 + size) return packet;
  const letters = '-0123456789*_abcdefghijklmnopqrstuvwxyzABC';
  const at = HEADER_BYTES + 1 + random.below(size);
  packet[at] = letters.charCodeAt(random.below(letters.length));
  return packet;
}

function truncate(packet: Buffer, random: Random): Buffer {
  return packet.subarray(0, random.below(packet.length + 1));
}

function splice(packet: Buffer, random: Random, queries: readonly Buffer[]): Buffer {
  const other = queries[random.below(queries.length)]!;
  const head = packet.subarray(0, random.below(packet.length + 1));
  return Buffer.concat([head, other.subarray(random.below(other.length))]);
}

/** Bytes that mean a long label, a pointer or a long record, where such may stand. */
function attackLengths(packet: Buffer, random: Random): Buffer {
  if (packet.length <= HEADER_BYTES + 1) return packet;
  for (let count = 1 + random.below(3); count > 0; count--) {
    const at = HEADER_BYTES + random.below(packet.length - HEADER_BYTES - 1);
    const values = [0, 1, 63, 64, 128, 191, 192, 255];
    packet[at] = values[random.below(values.length)]!;
    if (packet[at] >= 192) packet[at + 1] = random.below(2) === 0 ? random.below(256) : HEADER_BYTES;
  }
  return packet;
}

function changeCounts(packet: Buffer, random: Random): Buffer {
  if (packet.length < HEADER_BYTES) return packet;
  packet[4 + random.below(8)] = random.below(2) === 0 ? random.below(4) : random.below(256);
  return packet;
}

function insertBytes(packet: Buffer, random: Random): Buffer {
  const at = random.below(packet.length + 1);
  const length = random.below(random.below(50) === 0 ? 5000 : 40);
  const bytes = Buffer.from(Array.from({ length }, () => random.below(256)));
  return Buffer.concat([packet.subarray(0, at), bytes, packet.subarray(at)]);
}

/** OPT with any size, version, flags, and options of which some are cut short. */
function appendOpt(packet: Buffer, random: Random): Buffer {
  const options: number[] = [];
  for (let count = random.below(4); count > 0; count--) {
    const length = random.below(random.below(20) === 0 ? 600 : 24);
    options.push(0, random.below(20), length >> 8, length & 255);
    const written = random.below(8) === 0 ? random.below(length + 1) : length;
    for (let index = 0; index < written; index++) options.push(random.below(256));
  }
  const size = random.below(3) === 0 ? random.below(65_536) : 1232;
  const version = random.below(6) === 0 ? random.below(256) : 0;
  const fields = [0, 0, 41, size >> 8, size & 255, 0, version, random.below(2) << 7, random.below(2)];
  const opt = Buffer.from([...fields, options.length >> 8, options.length & 255, ...options]);
  return countUp(Buffer.concat([packet, opt]), 11);
}

/** A record behind the question, in any section, its owner a pointer to somewhere. */
function appendRecord(packet: Buffer, random: Random): Buffer {
  const length = random.below(20);
  const type = [1, 5, 6, 15, 28, 33, 35, 46, 250, 251][random.below(10)]!;
  const data = Array.from({ length }, () => random.below(256));
  const record = [0xc0, random.below(40), 0, type, 0, 1, 0, 0, 0, 5, 0, length, ...data];
  return countUp(Buffer.concat([packet, Buffer.from(record)]), [7, 9, 11][random.below(3)]!);
}

function countUp(packet: Buffer, at: number): Buffer {
  if (packet.length > at) packet[at] = (packet[at]! + 1) & 255;
  return packet;
}
