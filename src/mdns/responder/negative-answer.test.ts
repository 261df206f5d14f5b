import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shown } from '../../../test/kit/link-world.ts';
import { RecordType } from '../../wire/codes.ts';
import { negativeAnswer } from './negative-answer.ts';

const CAA = 257;

test('what there is not is told with the own name as the next, and without a bit for NSEC itself', () => {
  const answer = negativeAnswer('gw.local.', [RecordType.AAAA, RecordType.A], 120);
  assert.equal(shown(answer!), '!gw.local. 120 NSEC gw.local. A AAAA');
});

test('of names with types above 255, and with none, nothing is said in the restricted form', () => {
  assert.equal(negativeAnswer('gw.local.', [RecordType.A, CAA], 120), undefined);
  assert.equal(negativeAnswer('gw.local.', [], 120), undefined);
});
