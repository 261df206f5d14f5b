import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  delimited,
  encodeBody,
  encodeEvent,
  encodeList,
  envelope,
  frame,
  numbered,
} from '../../../test/kit/kubernetes-protobuf.ts';
import { namespaceDecoder, podDecoder, serviceImportDecoder } from './decoders.ts';
import { listReader, watchReader } from './readers.ts';
import { MalformedObjectError } from './watched-object.ts';
import type {
  ApiStatus,
  ListMetadata,
  ObjectDecoder,
  ObjectListener,
  WatchedObject,
} from './watched-object.ts';

const protobuf = 'application/vnd.kubernetes.protobuf';
const json = 'application/json';

/** Notes what it is told: `put shop/web@4`. */
class Notes implements ObjectListener<unknown> {
  readonly lines: string[] = [];
  put(object: WatchedObject<unknown>): void {
    this.#note('put', object);
  }
  remove(object: WatchedObject<unknown>): void {
    this.#note('remove', object);
  }
  bookmark(resourceVersion: string, initialEventsEnd: boolean): void {
    this.lines.push(`bookmark ${resourceVersion}${initialEventsEnd ? ' that ends the beginning' : ''}`);
  }
  failed(status: ApiStatus): void {
    this.lines.push(
      `failed ${status.code} ${status.reason}: ${status.message} (${status.retryAfter ?? 'no'} ms)`,
    );
  }
  malformed(error: MalformedObjectError): void {
    assert.ok(error instanceof MalformedObjectError);
    this.lines.push(`malformed ${error.message}`);
  }
  #note(what: string, { namespace, name, resourceVersion }: WatchedObject<unknown>): void {
    this.lines.push(`${what} ${namespace}/${name}@${resourceVersion}`);
  }
}

/** Gives the bytes in pieces that begin at these places, each gone when the reader has had it. */
function inPieces(bytes: Buffer, places: readonly number[], read: (piece: Uint8Array) => void): void {
  const cuts = [0, ...places, bytes.length];
  for (let index = 1; index < cuts.length; index++) {
    const piece = new Uint8Array(bytes.subarray(cuts[index - 1], cuts[index]));
    read(piece);
    piece.fill(0xff);
  }
}

function watch(type: string, bytes: Buffer, places: readonly number[] = [], decoder = podDecoder): string[] {
  const notes = new Notes();
  const reader = watchReader(type, decoder, notes);
  inPieces(bytes, places, (piece) => reader.read(piece));
  return notes.lines;
}

function list(
  type: string,
  bytes: Buffer,
  places: readonly number[] = [],
  decoder: ObjectDecoder<unknown> = podDecoder,
): [lines: string[], metadata: ListMetadata] {
  const notes = new Notes();
  const reader = listReader(type, decoder, notes);
  inPieces(bytes, places, (piece) => reader.read(piece));
  return [notes.lines, reader.end()];
}

const pod = (name: string, resourceVersion = '1'): object => ({
  kind: 'Pod',
  metadata: { name, namespace: 'shop', resourceVersion },
  status: { podIP: '10.1.0.1' },
});
const bookmark = { kind: 'Pod', metadata: { resourceVersion: '9' } };
const initialEnd = {
  kind: 'Pod',
  metadata: { resourceVersion: '8', annotations: { 'k8s.io/initial-events-end': 'true' } },
};
const expired = {
  kind: 'Status',
  code: 410,
  reason: 'Expired',
  message: 'too old',
  details: { retryAfterSeconds: 2 },
};

const events: readonly [type: string, object: object][] = [
  ['ADDED', pod('web', '4')],
  ['BOOKMARK', initialEnd],
  ['MODIFIED', pod('web', '5')],
  ['ADDED', { kind: 'Pod', metadata: { namespace: 'shop' } }],
  ['DELETED', pod('web', '6')],
  ['BOOKMARK', bookmark],
  ['SHOUTED', pod('web')],
  ['ADDED', { kind: 'Status' }],
  ['ERROR', pod('web')],
  ['ERROR', expired],
];
const told = [
  'put shop/web@4',
  'bookmark 8 that ends the beginning',
  'put shop/web@5',
  'malformed Pod: without metadata.name',
  'remove shop/web@6',
  'bookmark 9',
  "malformed a watch event of type 'SHOUTED'",
  "malformed a watch event with a 'Status', not a Pod",
  "malformed a watch event with a 'Pod', not a Status",
  'failed 410 Expired: too old (2000 ms)',
];
const kindOf = (object: object): string => (object as { kind: string }).kind;
const frames = Buffer.concat(events.map(([type, object]) => encodeEvent(type, kindOf(object), object)));
const lines = Buffer.from(events.map(([type, object]) => `${JSON.stringify({ type, object })}\n`).join(''));

for (const [type, bytes] of [
  [protobuf, frames],
  [json, lines],
] as const) {
  test(`a watch in ${type}, whole and byte by byte`, () => {
    assert.deepEqual(watch(type, bytes), told);
    assert.deepEqual(watch(type, bytes, [...bytes.keys()].slice(1)), told);
    assert.deepEqual(watch(`${type};stream=watch`, bytes), told);
  });

  test(`a watch in ${type}, in any two pieces`, () => {
    for (let place = 0; place <= bytes.length; place++) assert.deepEqual(watch(type, bytes, [place]), told);
  });
}

test('a frame that came whole is read where it is', () => {
  const seen: Uint8Array[] = [];
  const decoder: ObjectDecoder<unknown> = {
    kind: 'Pod',
    fromJson: (object) => podDecoder.fromJson(object),
    fromProtobuf: (bytes, start, end) => {
      seen.push(bytes);
      return podDecoder.fromProtobuf(bytes, start, end);
    },
  };
  const event = encodeEvent('ADDED', 'Pod', pod('web'));
  const first = Buffer.concat([event, event.subarray(0, 9)]);
  const second = Buffer.concat([event.subarray(9), event]);
  const notes = new Notes();
  const reader = watchReader(protobuf, decoder, notes);
  reader.read(first);
  reader.read(second);
  assert.equal(notes.lines.length, 3);
  assert.deepEqual(
    seen.map((bytes) => bytes === first || bytes === second),
    [true, false, true],
  );
});

const oddEvents: readonly [title: string, bytes: Buffer, message: RegExp][] = [
  ['an empty frame', frame(Buffer.alloc(0)), /^malformed a watch event without object$/],
  ['no object', frame(delimited(1, Buffer.from('ADDED'))), /^malformed a watch event without object$/],
  ['an empty object', frame(delimited(2, Buffer.alloc(0))), /without object$/],
  [
    'an object without magic',
    frame(delimited(2, delimited(1, Buffer.from('k8s!xx')))),
    /no Kubernetes protobuf$/,
  ],
  ['a broken event', frame(Buffer.from([0x0a, 0x7f])), /^malformed not protobuf: field 1 is longer/],
  ['a bookmark of nothing', encodeEvent('BOOKMARK', 'Pod', {}), /^malformed a bookmark without metadata$/],
  [
    'an object of nothing',
    encodeEvent('ADDED', 'Pod', Buffer.alloc(0)),
    /^malformed Pod: without metadata.name$/,
  ],
];
for (const [title, bytes, message] of oddEvents) {
  test(`a watch goes on after ${title}`, () => {
    const [first, ...others] = watch(protobuf, Buffer.concat([bytes, frames]));
    assert.match(first!, message);
    assert.deepEqual(others, told);
  });
}

for (const line of [
  '{',
  '[]',
  'null',
  '{"type":"ADDED"}',
  '{"type":[],"object":{"kind":"Pod"}}',
  '"'.repeat(99),
]) {
  test(`a watch in JSON goes on after ${line}`, () => {
    const [first, ...others] = watch(json, Buffer.concat([Buffer.from(`${line}\n\n`), lines]));
    assert.match(first!, /^malformed /);
    assert.deepEqual(others, told);
  });
}

const pods = ['a', 'b', 'c'].map((name) => pod(name));
const nameless = { metadata: { namespace: 'shop' } };
const items = [...pods.slice(0, 2), nameless, pods[2]!];
const metadata = { resourceVersion: '4711', continue: 'next', remainingItemCount: 7 };
const listed: [string[], ListMetadata] = [
  ['put shop/a@1', 'put shop/b@1', 'malformed Pod: without metadata.name', 'put shop/c@1'],
  { resourceVersion: '4711', continueToken: 'next' },
];
for (const [type, bytes] of [
  [protobuf, encodeList('Pod', metadata, items)],
  [json, Buffer.from(JSON.stringify({ kind: 'PodList', metadata, items }))],
] as const) {
  test(`a list in ${type}, whole and byte by byte`, () => {
    assert.deepEqual(list(type, bytes), listed);
    assert.deepEqual(list(type, bytes, [...bytes.keys()].slice(1)), listed);
  });

  test(`a list in ${type}, in any two pieces`, () => {
    for (let place = 0; place <= bytes.length; place++) assert.deepEqual(list(type, bytes, [place]), listed);
  });

  test(`a list in ${type} that ends early is not whole`, () => {
    const ends: number[] = [];
    for (let end = 0; end < bytes.length; end++) {
      try {
        list(type, bytes.subarray(0, end));
        ends.push(end - bytes.length);
      } catch (error) {
        assert.ok(error instanceof MalformedObjectError, String(error));
      }
    }
    // Two empty fields follow a list in protobuf; all objects are there without them.
    assert.deepEqual(ends, type === json ? [] : [-4, -2]);
  });
}

test('objects of a list are told while others are yet to come', () => {
  const bytes = encodeList('Pod', metadata, pods);
  const notes = new Notes();
  const reader = listReader(protobuf, podDecoder, notes);
  reader.read(bytes.subarray(0, bytes.length - 20));
  assert.deepEqual(notes.lines, ['put shop/a@1', 'put shop/b@1']);
});

test('lists without objects, and without a next page', () => {
  const empty: [string[], ListMetadata] = [[], { resourceVersion: '5', continueToken: '' }];
  assert.deepEqual(list(protobuf, encodeList('Pod', { resourceVersion: '5', continue: '' }, [])), empty);
  for (const none of ['[]', 'null']) {
    const text = `{"kind":"PodList","items":${none},"metadata":{"resourceVersion":"5"}}`;
    assert.deepEqual(list(json, Buffer.from(text)), empty);
  }
});

test('a list of ServiceImports, in JSON', () => {
  const item = { metadata: { name: 'web', namespace: 'shop' }, spec: { type: 'Headless' } };
  const text = JSON.stringify({
    kind: 'ServiceImportList',
    metadata: {},
    items: [item, { ...item, spec: 1 }],
  });
  assert.deepEqual(list(json, Buffer.from(text), [], serviceImportDecoder)[0], [
    'put shop/web@',
    'malformed ServiceImport shop/web: spec is not a map',
  ]);
});

const magic = Buffer.from('k8s\0', 'latin1');
const listOf = (raw: Buffer): Buffer => envelope('PodList', raw);
const brokenLists: readonly [title: string, type: string, bytes: Buffer, message: RegExp][] = [
  ['no magic', protobuf, Buffer.from('{"kind"'), /no Kubernetes protobuf/],
  ['another kind', protobuf, encodeList('Service', metadata, []), /a 'ServiceList', not a list of Pod/],
  ['a Status', protobuf, encodeBody('Status', expired), /a 'Status', not a list of Pod/],
  ['field 0', protobuf, Buffer.concat([magic, Buffer.from([2])]), /field number 0/],
  ['wire type 3', protobuf, Buffer.concat([magic, Buffer.from([0x0b])]), /wire type 3/],
  ['an endless number', protobuf, Buffer.concat([magic, Buffer.alloc(11, 0xff)]), /more than ten bytes/],
  [
    'a number for a list',
    protobuf,
    Buffer.concat([magic, numbered(2, 1e9)]),
    /a number where a list should be/,
  ],
  ['an object that goes too far', protobuf, listOf(Buffer.from([0x12, 0x7f])), /goes beyond the list/],
  ['a number for an object', protobuf, listOf(numbered(2, 1)), /wire type 0/],
  ['broken metadata', protobuf, listOf(delimited(1, Buffer.from([7]))), /field number 0|wire type 7/],
  ['no JSON', json, Buffer.from('<html>'), /not JSON/],
  ['a JSON list', json, Buffer.from('[]'), /JSON that is no object/],
  ['another kind in JSON', json, Buffer.from('{"kind":"PodMap"}'), /a 'PodMap', not a list of Pod/],
  ['items that are none', json, Buffer.from('{"kind":"PodList","items":{}}'), /items is not a list/],
  ['deep JSON', json, Buffer.from(`{"kind":${'['.repeat(200_000)}`), /not JSON/],
];
for (const [title, type, bytes, message] of brokenLists) {
  test(`a list that is broken: ${title}`, () => {
    for (const places of [[], [...bytes.keys()].slice(1, 50)]) {
      assert.throws(() => list(type, bytes, places), { code: 'ERR_MALFORMED_OBJECT', message });
    }
  });
}

test('a large frame in small pieces', () => {
  const event = encodeEvent('ADDED', 'Pod', {
    metadata: {
      name: 'web',
      namespace: 'shop',
      resourceVersion: '1',
      annotations: { note: 'x'.repeat(3_000_000) },
    },
  });
  const places = Array.from({ length: Math.floor(event.length / 1500) }, (_, index) => (index + 1) * 1500);
  assert.deepEqual(watch(protobuf, event, places), ['put shop/web@1']);
});

test('what a listener throws is not taken for a malformed object', () => {
  const listener = { ...new Notes(), put: () => assert.fail('the store') } as unknown as Notes;
  const reader = watchReader(protobuf, podDecoder, listener);
  assert.throws(() => reader.read(encodeEvent('ADDED', 'Pod', pod('web'))), { message: 'the store' });
});

test('other content types are refused', () => {
  for (const type of ['text/html', '', 'application/json-patch', 'application/yaml;q=1']) {
    const refused = { code: 'ERR_MALFORMED_OBJECT', message: /is this an API server\?/ };
    assert.throws(() => listReader(type, namespaceDecoder, new Notes()), refused);
    assert.throws(() => watchReader(type, namespaceDecoder, new Notes()), refused);
  }
});
