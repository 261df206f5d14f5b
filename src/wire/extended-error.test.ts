import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extendedError, ExtendedErrorCode, readExtendedError, withExtendedError } from './extended-error.ts';

const asked = { udpSize: 1232, version: 0, dnssecOk: true, options: Uint8Array.of(0, 10, 0, 1, 7) };

test('an extended error is its code and its text', () => {
  assert.deepEqual(extendedError(ExtendedErrorCode.NetworkError, 'ö'), {
    code: 15,
    data: Uint8Array.of(0, 23, 0xc3, 0xb6),
  });
});

test("the reply's OPT record has the client's size and DO bit, and this option alone", () => {
  const edns = withExtendedError(asked, ExtendedErrorCode.Prohibited, 'by the operator');
  assert.deepEqual({ ...edns, options: undefined }, { ...asked, options: undefined });
  assert.deepEqual(readExtendedError(edns), { code: 18, text: 'by the operator' });
});

test('a client without EDNS gets none', () => {
  assert.equal(withExtendedError(undefined, ExtendedErrorCode.NotReady, ''), undefined);
});

test('a long text is cut between characters', () => {
  const { data } = extendedError(ExtendedErrorCode.Other, `x${'ö'.repeat(100)}`);
  assert.equal(data.length, 2 + 119);
  assert.equal(Buffer.from(data.subarray(2)).toString(), `x${'ö'.repeat(59)}`);
});

test('no extended error is read from other options, or from one that is too short', () => {
  assert.equal(readExtendedError(asked), undefined);
  assert.equal(readExtendedError({ ...asked, options: Uint8Array.of(0, 15, 0, 1, 7) }), undefined);
  assert.equal(readExtendedError(undefined), undefined);
});
