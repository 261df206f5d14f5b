import fc from 'fast-check';
import { HeaderFlag, RecordClass } from '../../src/wire/codes.ts';
import { NO_OPTIONS, writeOptions } from '../../src/wire/edns.ts';
import { writeQuery } from '../../src/wire/write-query.ts';
import { changes } from './changes.ts';
import { COREFILES } from './corefile.ts';
import { questions } from './questions.ts';
import type { Asked } from './questions.ts';

/** A query as it goes out, but for its id. */
export interface Packet {
  readonly asked: Asked;
  readonly bytes: Buffer;
  /** Without options, which nobody learns. */
  readonly plain: boolean;
}

/** What happens to the world. */
export type Event =
  | { readonly kind: 'change'; readonly which: number; readonly address: number }
  | { readonly kind: 'hosts' | 'zone'; readonly address: number }
  | { readonly kind: 'reload'; readonly corefile: number }
  | { readonly kind: 'time'; readonly milliseconds: number };

/** One step of a sequence. */
export type Step =
  | { readonly kind: 'query' | 'tcp'; readonly packet: Packet }
  /** Asked several times, and again after something has happened to the world; then the same with more of that. */
  | { readonly kind: 'surprise'; readonly packet: Packet; readonly event: Event }
  /** Something happens to the world while the upstream thinks about the answer. */
  | { readonly kind: 'overtaken'; readonly packet: Packet; readonly event: Event }
  | Event;

const COOKIE = writeOptions([{ code: 10, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) }]);
/** Few are asked often, as in life. */
const COMMON = [
  'web.shop.svc.cluster.local.',
  'out.shop.svc.cluster.local.',
  'six.example.',
  'a.zone.test.',
  'one.example.net.',
  'count.off.test.',
];
const EDNS = [
  undefined,
  { udpSize: 512, dnssecOk: false },
  { udpSize: 1232, dnssecOk: false },
  { udpSize: 1232, dnssecOk: true },
  { udpSize: 4096, dnssecOk: false },
] as const;
const FLAGS = [0, HeaderFlag.RD, HeaderFlag.RD | HeaderFlag.AD, HeaderFlag.RD | HeaderFlag.CD];

/** How to ask. Few ways are common, so that much is asked again. */
const manner = fc.record({
  edns: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat(EDNS.length - 1) }),
  flags: fc.oneof(
    { weight: 6, arbitrary: fc.constant(1) },
    { weight: 1, arbitrary: fc.nat(FLAGS.length - 1) },
  ),
  upper: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(3) }),
  option: fc.oneof({ weight: 20, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.boolean() }),
});
/** The same for what is asked again in any case. With EDNS there is more to be seen, such as how old data is. */
const tellingManner = fc.oneof(
  { weight: 1, arbitrary: manner },
  { weight: 1, arbitrary: manner.map((how) => ({ ...how, edns: 2, option: false })) },
);
type Manner = typeof manner extends fc.Arbitrary<infer Value> ? Value : never;

function packetOf(asked: Asked, { edns: which, flags, upper, option }: Manner): Packet {
  const edns = EDNS[which];
  const options = option ? COOKIE : NO_OPTIONS;
  const name = [...asked.name]
    .map((letter, index) => (index < upper ? letter.toUpperCase() : letter))
    .join('');
  const bytes = writeQuery({
    id: 0,
    flags: FLAGS[flags]!,
    question: { name, type: asked.type, class: RecordClass.IN },
    edns: edns && { ...edns, version: 0, options },
  });
  return { asked, bytes, plain: edns === undefined || !option };
}

const anything = fc.nat(questions.length - 1).map((index) => questions[index]!);
const common = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...questions.filter(({ name }) => COMMON.includes(name))) },
  { weight: 3, arbitrary: anything },
);
const packet = fc.tuple(common, manner).map(([asked, how]) => packetOf(asked, how));
const address = fc.nat(3);

const FILE_NAMES = { hosts: ['example.', '.in-addr.arpa.'], zone: ['zone.test.'] } as const;
const milliseconds = fc.oneof(
  fc.integer({ min: 3, max: 900 }),
  fc.integer({ min: 900, max: 5000 }),
  fc.integer({ min: 5000, max: 50_000 }),
);
const change = fc
  .record({ which: fc.nat(changes.length - 1), address })
  .map((parts): Event => ({ kind: 'change', ...parts }));
const file = fc
  .record({ kind: fc.constantFrom('hosts' as const, 'zone' as const), address })
  .map((parts): Event => parts);
const reload = fc.nat(COREFILES - 1).map((corefile): Event => ({ kind: 'reload', corefile }));
const time = milliseconds.map((length): Event => ({ kind: 'time', milliseconds: length }));
const event = fc.oneof(
  { weight: 16, arbitrary: change },
  { weight: 1, arbitrary: file },
  { weight: 2, arbitrary: reload },
  { weight: 5, arbitrary: time },
);

/** An event, and a question that it is about, mostly. */
const met = fc
  .record({ event, how: tellingManner, pick: fc.nat(2 ** 20 - 1), off: fc.nat(6) })
  .map(({ event: happens, how, pick, off }) => {
    const about = off === 0 ? questions : questionsAbout(happens, pick >> 10);
    return { event: happens, packet: packetOf(about[(pick & 1023) % about.length]!, how) };
  });

/** One step. Most are queries of their own. */
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 24, arbitrary: packet.map((asked): Step => ({ kind: 'query', packet: asked })) },
  { weight: 1, arbitrary: packet.map((asked): Step => ({ kind: 'tcp', packet: asked })) },
  { weight: 10, arbitrary: met.map((parts): Step => ({ kind: 'surprise', ...parts })) },
  { weight: 1, arbitrary: met.map((parts): Step => ({ kind: 'overtaken', ...parts })) },
  { weight: 2, arbitrary: event },
);

/** The same, and every change as likely as any other: else the first and the last of a table are drawn more often. */
export const step = fc.noBias(anyStep);

/** Those whose TTLs run down from far away, or behind a rule that bounds them. */
const perishable = questions.filter(({ name }) => name.endsWith('.net.') || name.startsWith('web.shop.rew'));

/** Those that an event is about; `pick` draws which of its names. */
function questionsAbout(happens: Event, pick: number): readonly Asked[] {
  if (happens.kind === 'reload') return questions;
  if (happens.kind === 'time') return happens.milliseconds % 2 === 0 ? questions : perishable;
  const parts = happens.kind === 'change' ? changes[happens.which]!.about : FILE_NAMES[happens.kind];
  const part = parts[pick % parts.length]!.replace('#', String(happens.address));
  return questions.filter(({ name }) => isPart(part, name));
}

function isPart(part: string, name: string): boolean {
  return part.startsWith('=') ? name === part.slice(1) : name.includes(part);
}
