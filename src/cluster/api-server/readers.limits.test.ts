import assert from 'node:assert/strict';
import { test } from 'node:test';
import { podDecoder } from './decoders.ts';
import { listReader, watchReader } from './readers.ts';
import type { ObjectListener } from './watched-object.ts';

const protobuf = 'application/vnd.kubernetes.protobuf';
const json = 'application/json';
const magic = Buffer.from('k8s\0', 'latin1');
const unheard = (): never => assert.fail('nothing is whole');
const listener: ObjectListener<unknown> = {
  put: unheard,
  remove: unheard,
  bookmark: unheard,
  failed: unheard,
  malformed: unheard,
};

const announced = (length: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return bytes;
};

test('a frame may have 16 MiB, and takes memory only as it comes', () => {
  const limit = 16 * 1024 * 1024;
  const before = process.memoryUsage().arrayBuffers;
  const readers = Array.from({ length: 20 }, () => {
    const reader = watchReader(protobuf, podDecoder, listener);
    reader.read(announced(limit - 4));
    reader.read(Buffer.alloc(100));
    return reader;
  });
  assert.equal(readers.length, 20);
  assert.ok(
    process.memoryUsage().arrayBuffers - before < 1024 * 1024,
    'memory was taken for what was announced',
  );
  for (const length of [limit, 0xffff_ffff]) {
    const reader = watchReader(protobuf, podDecoder, listener);
    assert.throws(() => reader.read(announced(length)), {
      code: 'ERR_MALFORMED_OBJECT',
      message: /at most 16777216/,
    });
  }
});

test('a list may announce any length, an object in it 16 MiB', () => {
  const before = process.memoryUsage().arrayBuffers;
  const huge = Buffer.from([0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f]);
  const reader = listReader(protobuf, podDecoder, listener);
  reader.read(Buffer.concat([magic, huge, Buffer.from([0x12, 0xf0, 0xff, 0xff, 0x07]), Buffer.alloc(100)]));
  assert.ok(
    process.memoryUsage().arrayBuffers - before < 1024 * 1024,
    'memory was taken for what was announced',
  );
  const other = listReader(protobuf, podDecoder, listener);
  other.read(Buffer.concat([magic, huge]));
  assert.throws(() => other.read(Buffer.from([0x12, 0xff, 0xff, 0xff, 0x7f])), {
    message: /at most 16777216/,
  });
});

test('a line of JSON and a list of JSON have an end', () => {
  const reader = watchReader(json, podDecoder, listener);
  const mebibyte = Buffer.alloc(1024 * 1024, 0x20);
  for (let count = 0; count < 16; count++) reader.read(mebibyte);
  assert.throws(() => reader.read(mebibyte), {
    code: 'ERR_MALFORMED_OBJECT',
    message: /more than 16777216 bytes/,
  });
  const whole = listReader(json, podDecoder, listener);
  for (let count = 0; count < 64; count++) whole.read(mebibyte);
  assert.throws(() => whole.read(mebibyte), {
    code: 'ERR_MALFORMED_OBJECT',
    message: /more than 67108864 bytes/,
  });
});
