import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../test/kit/properties.ts';
import { OptionCode } from './codes.ts';
import { echoedOptions, readOptions, writeOptions } from './edns.ts';
import { FormatError } from './errors.ts';

test('options survive being written and read', () => {
  const option = fc
    .tuple(fc.nat(65535), fc.uint8Array({ maxLength: 300 }))
    .map(([code, data]) => ({ code, data }));
  fc.assert(
    fc.property(fc.array(option, { maxLength: 5 }), (options) => {
      assert.deepEqual(readOptions(writeOptions(options)), options);
    }),
  );
});

for (const bytes of [[0], [0, 1, 0], [0, 1, 0, 1], [0, 1, 0, 0, 9]]) {
  test(`options of the bytes ${bytes.join(' ')} are cut short`, () => {
    assert.throws(() => readOptions(Uint8Array.from(bytes)), FormatError);
  });
}

test('only NSID, EXPIRE, COOKIE, TCP-KEEPALIVE and PADDING are echoed, in their order', () => {
  const codes = [65001, 12, 15, 8, 3, 10, 1, 11, 9];
  const options = writeOptions(codes.map((code) => ({ code, data: Uint8Array.of(code & 255) })));
  const echoed = readOptions(echoedOptions(options));
  const { Padding, NSID, Cookie, TcpKeepalive, Expire } = OptionCode;
  assert.deepEqual(
    echoed.map(({ code }) => code),
    [Padding, NSID, Cookie, TcpKeepalive, Expire],
  );
  assert.deepEqual(
    echoed.map(({ data }) => data[0]),
    [12, 3, 10, 11, 9],
  );
});
