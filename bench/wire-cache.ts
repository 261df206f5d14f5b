/**
 * What a hit of the wire cache costs, without any socket: nanoseconds for each, with 10, 1,000 and 10,000 names asked
 * in random order, beside a Map from the query's bytes as a string to the reply's bytes, which checks nothing. Then the
 * same with every hit told to the main thread by the observation ring, in batches of 64, writing and reading it on one
 * thread; and with a line of `log` made of each.
 */
import { compileFormat, COMMON_FORMAT } from '../plugins/log/line-format.ts';
import { RepeatedLine } from '../plugins/log/repeated-line.ts';
import { createLogger } from '../src/log/logger.ts';
import {
  observationMemory,
  ObservationReader,
  ObservationWriter,
} from '../src/observation/observation-ring.ts';
import type { Observation } from '../src/observation/observation-ring.ts';
import { systemClock } from '../src/plugin/clock.ts';
import { seededRandom } from '../src/plugin/random.ts';
import { VersionCells } from '../src/truth/version-cells.ts';
import { CounterMemory } from '../src/wire-cache/counter-memory.ts';
import { HitCounters } from '../src/wire-cache/hit-counters.ts';
import { recordLength, writeRecord } from '../src/wire-cache/learned-answer.ts';
import type { LearnedAnswer } from '../src/wire-cache/learned-answer.ts';
import { packetMemory } from '../src/wire-cache/packet-words.ts';
import { WireCache } from '../src/wire-cache/wire-cache.ts';
import { RecordClass, RecordType } from '../src/wire/codes.ts';
import type { Latin1 } from '../src/wire/latin1.ts';
import { Reply } from '../src/server/reply.ts';
import { question, record } from '../test/kit/question.ts';
import { writeQuery } from '../src/wire/write-query.ts';
import { median } from '../test/kit/statistics.ts';

const ROUNDS = 7;
const LOOK_UPS = 300_000;
/** Cells that an answer for a Service reads: its own, and its namespace's Services. */
const DEPENDENCIES = 2;

const cells = new VersionCells();
const random = seededRandom(1);
const out = packetMemory(4096);

const ring = observationMemory(4096);
const writer = new ObservationWriter(ring);
const reader = new ObservationReader(ring);
/** 192.0.2.1, port 5353, as a socket address. */
const client = new Int32Array(Uint8Array.of(2, 0, 0x14, 0xe9, 192, 0, 2, 1).buffer);
const line = repeatedLine();
/** Keeps what is read from being optimised away. */
let seen = 0;

console.log('names   wire cache   observed   with a log line   Map with strings');
for (const names of [10, 1000, 10_000]) {
  const queries = Array.from({ length: names }, (_, index) => query(index));
  const cache = filled(queries);
  const map = new Map(
    queries.map((packet) => [packet.latin1Slice(2, packet.length), reply(packet)] as const),
  );
  const order = Int32Array.from({ length: LOOK_UPS }, () => random.below(names));
  // As they come from the socket: one after the other in a slab.
  const packets = packetMemory(names * 128);
  const slab = Buffer.from(packets.bytes.buffer) as Buffer & Latin1;
  queries.forEach((packet, index) => slab.set(packet, index * 128));
  const lengths = Int32Array.from(queries, (packet) => packet.length);
  const own = nanoseconds(() => {
    for (let index = 0; index < LOOK_UPS; index++) {
      const asked = order[index]!;
      if (cache.answer(packets, asked * 128, lengths[asked]!, 5000, out, 0) === 0) throw new Error('a miss');
    }
  });
  const watched = filled(queries, true);
  const hit = (asked: number): void => {
    if (watched.answer(packets, asked * 128, lengths[asked]!, 5000, out, 0) === 0) throw new Error('a miss');
    if (watched.watched !== 0) writer.note(watched.watched, client, 1, 4, 5353, asked & 0xffff, 100);
  };
  const observed = nanoseconds(() => observe(order, hit, (observation) => (seen += observation.port)));
  const logged = nanoseconds(() => observe(order, hit, (observation) => line.repeated(observation)));
  const strings = nanoseconds(() => {
    for (let index = 0; index < LOOK_UPS; index++) {
      const asked = order[index]!;
      const found = map.get(slab.latin1Slice(asked * 128 + 2, asked * 128 + lengths[asked]!))!;
      out.bytes.set(found, 0);
      out.bytes[0] = slab[asked * 128]!;
      out.bytes[1] = slab[asked * 128 + 1]!;
    }
  });
  const figures = [own, observed, logged, strings].map((figure) => `${figure.toFixed(0).padStart(9)} ns`);
  console.log(`${String(names).padStart(6)}${figures.join('  ')}`);
}
if (seen === 0) throw new Error('nothing was observed');

/** Answers all in batches of 64; the reader looks after each 32 of them. */
function observe(
  order: Int32Array,
  hit: (asked: number) => void,
  look: (observation: Observation) => void,
): void {
  for (let index = 0; index < LOOK_UPS; index++) {
    hit(order[index]!);
    if (index % 64 === 63) writer.publish(0.000_05, index);
    if (index % 2048 === 2047) reader.drain(look, Infinity);
  }
  writer.publish(0.000_05, 0);
  reader.drain(look, Infinity);
  if (reader.dropped > 0) throw new Error('the ring was full');
}

function repeatedLine(): RepeatedLine {
  const asked = question('service-1.namespace-1.svc.cluster.local.');
  const answer = [record(asked.originalName, RecordType.A)];
  const rule = {
    zone: '.',
    format: compileFormat(COMMON_FORMAT),
    classes: new Set(['success'] as const),
  };
  const output = createLogger((text) => (seen += text.length));
  return RepeatedLine.for(rule, asked, new Reply({ answer }), systemClock, output)!;
}

function query(index: number): Buffer & Latin1 {
  const name = `service-${index}.namespace-${index % 50}.svc.cluster.local.`;
  const question = { name, type: RecordType.A, class: RecordClass.IN };
  const parts = { id: index & 0xffff, flags: 0x0100, question, edns: undefined };
  return writeQuery(parts) as Buffer & Latin1;
}

function reply(packet: Buffer): Buffer {
  const answer = Buffer.from('c00c000100010000001e00040a600001', 'hex');
  const whole = Buffer.concat([packet, answer]);
  whole[2] = 0x85;
  whole[7] = 1;
  return whole;
}

/** @param watched somebody wants to see each hit */
function filled(queries: readonly Buffer[], watched = false): WireCache {
  const memory = new CounterMemory({ slots: 65_536, durations: 4 });
  const limits = { entries: 65_536, bytes: 16 << 20, reply: out.bytes.length };
  const cache = new WireCache({ limits, versions: cells.memory, counters: new HitCounters(memory), random });
  const configuration = { cell: cells.allocate(), version: 0 };
  for (const [index, packet] of queries.entries()) {
    const template = reply(packet);
    const dependencies = Array.from({ length: DEPENDENCIES }, () => ({ cell: cells.allocate(), version: 0 }));
    const answer: LearnedAnswer = {
      query: packet,
      template,
      ttls: [template.length - 10],
      serials: [],
      serialCell: 0,
      serial: 0,
      since: 0,
      elapsed: 0,
      until: 30_000,
      configuration,
      dependencies,
      groups: [],
      counters: [],
      watchers: watched ? [{ repeated: () => undefined }] : [],
    };
    const record = new ArrayBuffer(recordLength(answer));
    writeRecord(answer, record, 0, index + 1, 1);
    cache.learn(record, 0);
  }
  return cache;
}

function nanoseconds(round: () => void): number {
  const figures = Array.from({ length: ROUNDS }, () => {
    const before = process.cpuUsage();
    round();
    const { user, system } = process.cpuUsage(before);
    return ((user + system) * 1000) / LOOK_UPS;
  });
  return median(figures);
}
