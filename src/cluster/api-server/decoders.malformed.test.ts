import assert from 'node:assert/strict';
import { test } from 'node:test';
import { delimited, encodeObject, numbered } from '../../../test/kit/kubernetes-protobuf.ts';
import { endpointSliceDecoder, podDecoder, serviceDecoder, serviceImportDecoder } from './decoders.ts';
import { MalformedObjectError } from './watched-object.ts';
import type { ObjectDecoder } from './watched-object.ts';

const metadata = { name: 'web', namespace: 'shop' };

/** Objects of the API that no server would send. */
const malformed: readonly [
  title: string,
  decoder: ObjectDecoder<unknown>,
  object: unknown,
  message: RegExp,
][] = [
  ['no map', serviceDecoder, 'x', /^Service: no map$/],
  ['nothing', serviceDecoder, undefined, /^Service: no map$/],
  ['no metadata', serviceDecoder, {}, /^Service: without metadata.name$/],
  ['no name', podDecoder, { metadata: { namespace: 'shop' } }, /^Pod: without metadata.name$/],
  ['no namespace', podDecoder, { metadata: { name: 'x' } }, /^Pod x: without metadata.namespace$/],
  ['metadata that is a list', podDecoder, { metadata: [] }, /^Pod: metadata is not a map$/],
  [
    'labels that are text',
    endpointSliceDecoder,
    { metadata: { ...metadata, labels: 'x' } },
    /labels is not a map/,
  ],
  ['a name that is a map', podDecoder, { metadata: { name: {} } }, /^Pod: name is not a text$/],
  [
    'ports that are a map',
    serviceDecoder,
    { metadata, spec: { ports: {} } },
    /^Service shop\/web: ports is not/,
  ],
  [
    'a port that is null',
    serviceDecoder,
    { metadata, spec: { ports: [null] } },
    /ports is not a list of maps/,
  ],
  [
    'a number that is none',
    serviceDecoder,
    { metadata, spec: { ports: [{ port: 'x' }] } },
    /not a port number/,
  ],
  [
    'a number that is a map',
    serviceDecoder,
    { metadata, spec: { ports: [{ port: nested(20_000) }] } },
    /port is not/,
  ],
  ['endpoints that are text', endpointSliceDecoder, { metadata, endpoints: ['x'] }, /not a list of maps/],
  [
    'addresses that are maps',
    endpointSliceDecoder,
    { metadata, endpoints: [{ addresses: [{}] }] },
    /not a text/,
  ],
  ['a long name', podDecoder, { metadata: { name: 'x\n'.repeat(9999) } }, /^Pod (x\?){80}…: without/],
  ['an import of no type', serviceImportDecoder, { metadata, spec: {} }, /neither ClusterSetIP nor Headless/],
];
for (const [title, decoder, object, message] of malformed) {
  test(`malformed JSON: ${title}`, () => {
    assert.throws(() => decoder.fromJson(object), isMalformed(message));
  });
}

const both: readonly [title: string, decoder: ObjectDecoder<unknown>, object: object, message: RegExp][] = [
  [
    'an ExternalName without name',
    serviceDecoder,
    { metadata, spec: { type: 'ExternalName' } },
    /^Service shop\/web: ExternalName without spec.externalName$/,
  ],
  [
    'a port without number',
    serviceDecoder,
    { metadata, spec: { ports: [{ name: 'a' }] } },
    /a port without number/,
  ],
  [
    'port 65536',
    endpointSliceDecoder,
    { metadata, ports: [{ port: 65536 }] },
    /65536.* is not a port number/,
  ],
  ['port −1', endpointSliceDecoder, { metadata, ports: [{ port: -1 }] }, /-1.* is not a port number/],
];
for (const [title, decoder, object, message] of both) {
  test(`malformed: ${title}`, () => {
    const bytes = encodeObject(decoder.kind, object);
    assert.throws(() => decoder.fromProtobuf(bytes, 0, bytes.length), isMalformed(message));
    assert.throws(() => decoder.fromJson(object), isMalformed(message));
  });
}

const named = delimited(
  1,
  Buffer.concat([delimited(1, Buffer.from('web')), delimited(3, Buffer.from('shop'))]),
);
const broken: readonly [title: string, bytes: Buffer, message: RegExp][] = [
  ['nothing', Buffer.alloc(0), /^Pod: without metadata.name$/],
  ['a length beyond the end', Buffer.from([0x0a, 0x05, 0x00]), /^Pod: not protobuf: field 1 is longer than/],
  ['a number for a name', delimited(1, numbered(1, 5)), /^Pod: not protobuf: field 1 of wire type 0$/],
  [
    'a number for status',
    Buffer.concat([named, numbered(3, 5)]),
    /^Pod shop\/web: .*field 3 of wire type 0$/,
  ],
];
for (const [title, bytes, message] of broken) {
  test(`malformed protobuf: ${title}`, () => {
    assert.throws(() => podDecoder.fromProtobuf(bytes, 0, bytes.length), isMalformed(message));
  });
}

test('malformed: ServiceImports in protobuf, and a place that is not there', () => {
  assert.throws(() => serviceImportDecoder.fromProtobuf(named, 0, named.length), isMalformed(/JSON only/));
  for (const [start, end] of [
    [0, named.length + 1],
    [5, 4],
    [-1, 4],
    [NaN, 4],
  ] as const) {
    assert.throws(() => podDecoder.fromProtobuf(named, start, end), isMalformed(/beyond its bytes/));
  }
});

function isMalformed(message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof MalformedObjectError, String(error));
    assert.match(error.message, message);
    return true;
  };
}

function nested(depth: number): unknown {
  let value: unknown[] = [];
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}
