import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  endpointSliceDecoder,
  namespaceDecoder,
  podlessEndpointSliceDecoder,
  serviceDecoder,
} from './decoders.ts';
import { readStatus } from './read-status.ts';
import { listReader, watchReader } from './readers.ts';
import type { ObjectDecoder, ObjectListener, WatchedObject } from './watched-object.ts';

// Bodies that a real API server sent: what is read of its protobuf is what is read of its JSON.

const protobuf = 'application/vnd.kubernetes.protobuf';
const json = 'application/json';

function recorded(name: string): Buffer {
  return readFileSync(new URL(`testdata/${name}`, import.meta.url));
}

/** All that a listener is told, in order. */
function notes(): [told: unknown[][], listener: ObjectListener<unknown>] {
  const told: unknown[][] = [];
  const note =
    (what: string) =>
    (...values: unknown[]): void => {
      told.push([what, ...values]);
    };
  const listener = {
    put: note('put'),
    remove: note('remove'),
    bookmark: note('bookmark'),
    failed: note('failed'),
    malformed: note('malformed'),
  };
  return [told, listener];
}

function list(type: string, decoder: ObjectDecoder<unknown>, body: Buffer): unknown[] {
  const [told, listener] = notes();
  const reader = listReader(type, decoder, listener);
  reader.read(body);
  const metadata = reader.end();
  return [...told, metadata];
}

function watch(type: string, body: Buffer): unknown[][] {
  const [told, listener] = notes();
  watchReader(type, serviceDecoder, listener).read(body);
  return told;
}

const lists: readonly [name: string, decoder: ObjectDecoder<unknown>, count: number][] = [
  ['namespaces', namespaceDecoder, 5],
  ['services', serviceDecoder, 4],
  ['endpointslices', endpointSliceDecoder, 3],
];
for (const [name, decoder, count] of lists) {
  test(`a recorded list of ${name}`, () => {
    const read = list(protobuf, decoder, recorded(`${name}-list.pb`));
    assert.deepEqual(read, list(json, decoder, recorded(`${name}-list.json`)));
    assert.equal(read.length, count + 1);
    assert.ok(read.every((told) => !Array.isArray(told) || told[0] === 'put'));
  });
}

test('a recorded EndpointSlice', () => {
  const read = list(protobuf, endpointSliceDecoder, recorded('endpointslices-list.pb'));
  const [, object] = read[1] as [string, WatchedObject<unknown>];
  const nobody = { ready: true, hostname: '', targetName: '', node: '', zone: '' };
  assert.deepEqual(object.input, {
    namespace: 'shop',
    name: 'web-4',
    service: 'web',
    ports: [{ name: 'http', protocol: 'TCP', number: 8080 }],
    endpoints: [
      {
        addresses: ['10.1.0.1'],
        ready: true,
        hostname: 'web-0',
        targetName: 'web-0',
        node: 'node-1',
        zone: 'a',
      },
      { addresses: ['10.1.0.3'], ...nobody },
    ],
  });
  assert.ok(Math.abs(object.triggered! - (Date.UTC(2026, 10, 21, 12, 43, 15) + 123.456)) < 0.001);
});

test('a recorded EndpointSlice, without the names of its pods and nodes', () => {
  const read = list(protobuf, endpointSliceDecoder, recorded('endpointslices-list.pb'));
  const podless = list(protobuf, podlessEndpointSliceDecoder(''), recorded('endpointslices-list.pb'));
  assert.notDeepEqual(podless, read);
  const text = JSON.stringify(read).replaceAll(/"(targetName|node)":"[^"]*"/g, '"$1":""');
  assert.equal(JSON.stringify(podless), text);
});

test('a recorded watch of services', () => {
  const read = watch(protobuf, recorded('services-watch.pb'));
  assert.deepEqual(read, watch(json, recorded('services-watch.jsonl')));
  const titles = read.map(([what, value, initialEnd]) =>
    what === 'bookmark'
      ? `bookmark ${String(value)} ${String(initialEnd)}`
      : `${String(what)} ${(value as WatchedObject<unknown>).name}`,
  );
  assert.deepEqual(titles, [
    'put away',
    'put db',
    'put lb',
    'put web',
    'bookmark 79 true',
    'put web',
    'remove db',
    'bookmark 81 false',
    'bookmark 81 false',
  ]);
});

test('a recorded error', () => {
  assert.deepEqual(readStatus(recorded('not-found.pb'), protobuf), {
    code: 404,
    reason: 'NotFound',
    message: 'services "nobody" not found',
    retryAfter: undefined,
  });
});
