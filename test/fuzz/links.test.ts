import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attackLink } from './links.ts';

test('20,000 mutated packets of multicast DNS: the link goes on answering, and holds no more than it may', () => {
  const { malformed, offLink, tooMany } = attackLink(20_000, 3);
  for (const dropped of [malformed, offLink, tooMany])
    assert.ok(dropped > 100, `${malformed} ${offLink} ${tooMany}`);
});
