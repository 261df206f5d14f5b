import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeOptions } from './edns.ts';
import { ExtendedErrorCode, extendedErrorOption, readExtendedError } from './extended-error.ts';

const asked = { udpSize: 1232, version: 0, dnssecOk: true, options: Uint8Array.of(0, 10, 0, 1, 7) };

test('an extended error is its code and its text', () => {
  assert.deepEqual(extendedErrorOption({ code: ExtendedErrorCode.NetworkError, text: 'ö' }), {
    code: 15,
    data: Uint8Array.of(0, 23, 0xc3, 0xb6),
  });
});

test('it is read as it was written, behind other options too', () => {
  const told = { code: ExtendedErrorCode.Prohibited, text: 'by the operator' };
  const options = Buffer.concat([asked.options, writeOptions([extendedErrorOption(told)])]);
  assert.deepEqual(readExtendedError({ ...asked, options }), told);
});

test('a long text is cut between characters', () => {
  const { data } = extendedErrorOption({
    code: ExtendedErrorCode.Other,
    text: `x${'ö'.repeat(100)}`,
  });
  assert.equal(data.length, 2 + 119);
  assert.equal(Buffer.from(data.subarray(2)).toString(), `x${'ö'.repeat(59)}`);
});

test('no extended error is read from other options, or from one that is too short', () => {
  assert.equal(readExtendedError(asked), undefined);
  assert.equal(readExtendedError({ ...asked, options: Uint8Array.of(0, 15, 0, 1, 7) }), undefined);
  assert.equal(readExtendedError(undefined), undefined);
});
