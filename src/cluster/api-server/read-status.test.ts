import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeBody } from '../../../test/kit/kubernetes-protobuf.ts';
import { readStatus } from './read-status.ts';

const protobuf = 'application/vnd.kubernetes.protobuf';
const status = {
  code: 410,
  reason: 'Expired',
  message: 'too old',
  details: { kind: 'pods', retryAfterSeconds: 3 },
};
const read = { code: 410, reason: 'Expired', message: 'too old', retryAfter: 3000 };
const text = (message: string): object => ({ code: 0, reason: '', message, retryAfter: undefined });
const inProtobuf = encodeBody('Status', status);

const table: readonly [title: string, body: string | Buffer, type: string, expected: object][] = [
  ['protobuf', inProtobuf, protobuf, read],
  ['JSON', JSON.stringify({ kind: 'Status', ...status }), 'application/json', read],
  [
    'JSON with a character set',
    JSON.stringify({ kind: 'Status', ...status }),
    'application/json; charset=utf-8',
    read,
  ],
  ['a Status without details', encodeBody('Status', { code: 401 }), protobuf, { ...text(''), code: 401 }],
  ['text', '404 page not found\n', 'text/plain', text('404 page not found')],
  ['nothing', '', '', text('')],
  ['JSON of somebody else', '{"error":1}', 'application/json', text('{"error":1}')],
  ['JSON that is none', '{', 'application/json', text('{')],
  [
    'JSON with odd values',
    '{"kind":"Status","message":{}}',
    'application/json',
    text('{"kind":"Status","message":{}}'),
  ],
  ['text that claims to be protobuf', 'oops', protobuf, text('oops')],
  ['text with colours', '\u001b[31mno', 'text/plain', text('?[31mno')],
  ['a long page', 'x'.repeat(5000), 'text/html', text(`${'x'.repeat(160)}…`)],
];
for (const [title, body, type, expected] of table) {
  test(`an error's body: ${title}`, () =>
    assert.deepEqual(readStatus(Buffer.from(body as string), type), expected));
}

test("an error's body that was cut off", () => {
  for (let end = 0; end < inProtobuf.length; end++) {
    const { code } = readStatus(inProtobuf.subarray(0, end), protobuf);
    assert.ok(code === 0 || code === 410);
  }
});
