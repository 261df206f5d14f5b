import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeBody, encodeEvent, encodeList, encodeObject } from '../../../test/kit/kubernetes-protobuf.ts';
import { seededRandom } from '../../plugin/random.ts';
import {
  endpointSliceDecoder,
  multiclusterEndpointSliceDecoder,
  namespaceDecoder,
  podDecoder,
  serviceDecoder,
  serviceImportDecoder,
} from './decoders.ts';
import { readStatus } from './read-status.ts';
import { listReader, watchReader } from './readers.ts';
import { MalformedObjectError } from './watched-object.ts';
import type { BodyReader, ObjectDecoder, ObjectListener } from './watched-object.ts';

const protobuf = 'application/vnd.kubernetes.protobuf';
const seed = 20261121;
/** Mutations of each object, list, watch and status. */
const ROUNDS = 1500;
// Errors are what this is about, by the hundred thousand; their stacks take most of the time.
Error.stackTraceLimit = 0;
const random = seededRandom(seed);
const decoders: readonly ObjectDecoder<unknown>[] = [
  namespaceDecoder,
  serviceDecoder,
  endpointSliceDecoder,
  multiclusterEndpointSliceDecoder,
  podDecoder,
  serviceImportDecoder,
];

const metadata = {
  name: 'web',
  namespace: 'shop',
  uid: '0b0f3a1e',
  resourceVersion: '4711',
  creationTimestamp: '2026-11-21T12:00:00Z',
  deletionTimestamp: '2026-11-21T12:00:00Z',
  labels: { 'kubernetes.io/service-name': 'web', 'multicluster.kubernetes.io/source-cluster': 'east' },
  annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': '2026-11-21T12:43:15.25Z' },
  managedFields: [{ manager: 'kubectl', operation: 'Apply', time: '2026-11-21T12:00:00Z' }],
};
const objects: Readonly<Record<string, object>> = {
  Namespace: { metadata, status: { phase: 'Active' } },
  Service: {
    metadata,
    spec: {
      type: 'NodePort',
      clusterIPs: ['10.0.0.1'],
      ports: [{ name: 'http', protocol: 'TCP', port: 80 }],
    },
    status: { loadBalancer: { ingress: [{ ip: '192.0.2.1', hostname: 'lb' }] } },
  },
  EndpointSlice: {
    metadata,
    addressType: 'IPv4',
    ports: [{ name: 'http', protocol: 'TCP', port: 8080 }],
    endpoints: [
      {
        addresses: ['10.1.0.1'],
        conditions: { ready: true },
        hostname: 'web-0',
        targetRef: { kind: 'Pod', name: 'web-0' },
        nodeName: 'node-1',
        zone: 'a',
      },
      { addresses: ['10.1.0.2'], conditions: { ready: false } },
    ],
  },
  Pod: { metadata, spec: { nodeName: 'node-1' }, status: { phase: 'Running', podIP: '10.1.0.1' } },
  ServiceImport: { metadata, spec: { type: 'ClusterSetIP', ips: ['10.2.0.1'], ports: [{ port: 80 }] } },
};
const status = { code: 410, reason: 'Expired', message: 'too old', details: { retryAfterSeconds: 3 } };

/** How often something was read, and how often it was malformed: both must happen. */
class Tally {
  read = 0;
  malformed = 0;

  attempt(action: () => void): void {
    try {
      action();
      this.read++;
    } catch (error) {
      if (!(error instanceof MalformedObjectError)) throw new Error(`seed ${seed}`, { cause: error });
      this.malformed++;
    }
  }

  listener(): ObjectListener<unknown> {
    const read = (): void => {
      this.read++;
    };
    const malformed = (): void => {
      this.malformed++;
    };
    return { put: read, remove: read, bookmark: read, failed: read, malformed };
  }

  /** Gives bytes to a reader in pieces. */
  stream(reader: BodyReader, bytes: Buffer): void {
    this.attempt(() => {
      for (let position = 0; position < bytes.length;) {
        const end = position + 1 + random.below(bytes.length);
        reader.read(bytes.subarray(position, end));
        position = end;
      }
      if ('end' in reader) (reader as { end(): void }).end();
    });
  }
}

test('two million random bytes crash no decoder and no reader', () => {
  const tally = new Tally();
  for (let total = 0; total < 2_000_000;) {
    const bytes = randomBytes(random.below(400));
    total += bytes.length + 1;
    for (const decoder of decoders) tally.attempt(() => decoder.fromProtobuf(bytes, 0, bytes.length));
    const body = Buffer.concat([Buffer.from('k8s\0', 'latin1'), bytes]);
    tally.stream(listReader(protobuf, podDecoder, tally.listener()), body);
    bytes.fill(0, 0, Math.min(3, bytes.length));
    tally.stream(watchReader(protobuf, podDecoder, tally.listener()), bytes);
    tally.attempt(() => readStatus(body, protobuf));
  }
  assert.ok(tally.malformed > 10_000);
});

test('mutated objects, lists and watches in protobuf crash no decoder and no reader', () => {
  const tally = new Tally();
  for (const decoder of decoders.filter((decoder) => decoder !== serviceImportDecoder)) {
    const { kind } = decoder;
    const object = encodeObject(kind, objects[kind]);
    const list = encodeList(kind, { resourceVersion: '1', continue: 'x' }, [objects[kind], objects[kind]]);
    const watch = Buffer.concat([
      encodeEvent('ADDED', kind, objects[kind]),
      encodeEvent('BOOKMARK', kind, { metadata }),
      encodeEvent('DELETED', kind, objects[kind]),
      encodeEvent('ERROR', 'Status', status),
    ]);
    const error = encodeBody('Status', status);
    for (let round = 0; round < ROUNDS; round++) {
      const bytes = mutated(object);
      tally.attempt(() => decoder.fromProtobuf(bytes, 0, bytes.length));
      tally.stream(listReader(protobuf, decoder, tally.listener()), mutated(list));
      tally.stream(watchReader(protobuf, decoder, tally.listener()), mutated(watch));
      tally.attempt(() => readStatus(mutated(error), protobuf));
    }
  }
  assert.ok(tally.read > 5000 && tally.malformed > 5000, JSON.stringify(tally));
});

test('mutated objects in JSON crash no decoder and no reader', () => {
  const tally = new Tally();
  for (const decoder of decoders) {
    const object = { kind: decoder.kind, ...objects[decoder.kind] };
    for (let round = 0; round < ROUNDS; round++) {
      const changed = withOddValue(object);
      tally.attempt(() => decoder.fromJson(changed));
      const list = withOddValue({ kind: `${decoder.kind}List`, metadata: {}, items: [object, changed] });
      tally.stream(listReader('application/json', decoder, tally.listener()), mutatedText(list));
      const event = withOddValue({ type: 'ADDED', object: changed });
      tally.stream(watchReader('application/json', decoder, tally.listener()), mutatedText(event));
      tally.attempt(() =>
        readStatus(mutatedText(withOddValue({ kind: 'Status', ...status })), 'application/json'),
      );
    }
  }
  assert.ok(tally.read > 5000 && tally.malformed > 5000, JSON.stringify(tally));
});

function randomBytes(length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.below(256)));
}

/** Some bytes changed, taken out, put in, repeated or cut off. */
function mutated(original: Buffer): Buffer {
  let bytes = Buffer.from(original);
  for (let count = 1 + random.below(3); count > 0; count--) {
    const place = random.below(bytes.length + 1);
    const other = Math.min(place + random.below(20), bytes.length);
    const [before, after] = [bytes.subarray(0, place), bytes.subarray(place)];
    switch (random.below(6)) {
      case 0:
        if (place < bytes.length) bytes[place] = random.below(256);
        break;
      case 1:
        if (place < bytes.length) bytes[place]! ^= 1 << random.below(8);
        break;
      case 2:
        bytes = Buffer.concat([before, bytes.subarray(other)]);
        break;
      case 3:
        bytes = Buffer.concat([before, randomBytes(random.below(12)), after]);
        break;
      case 4:
        bytes = Buffer.concat([before, bytes.subarray(place, other), after]);
        break;
      default:
        if (random.below(4) === 0) bytes = before;
    }
  }
  return bytes;
}

function mutatedText(value: unknown): Buffer {
  const text = Buffer.from(`${JSON.stringify(value)}\n`);
  return random.below(4) === 0 ? mutated(text) : text;
}

const oddValues: readonly unknown[] = [
  null,
  true,
  -1,
  1e300,
  65_536,
  '',
  'x',
  '\u0000',
  'x'.repeat(3000),
  [],
  [null],
  [[]],
  ['x'],
  {},
  { length: 3 },
  { toString: 1 },
  { metadata: { name: 1 } },
  { constructor: { prototype: null } },
  [{ port: { port: 1 } }],
];

/** A copy with one value, anywhere in it, replaced by another one. */
function withOddValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || random.below(5) === 0) {
    return oddValues[random.below(oddValues.length)];
  }
  if (Array.isArray(value)) {
    const place = random.below(value.length);
    return (value as unknown[]).map((item, index) => (index === place ? withOddValue(item) : item));
  }
  const keys = Object.keys(value);
  const chosen = keys[random.below(keys.length)]!;
  return { ...value, [chosen]: withOddValue((value as Record<string, unknown>)[chosen]) };
}
