import { encode } from 'dns-packet';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinkWorld, question, record, records } from '../../test/kit/link-world.ts';
import { queryPackets, responsePackets } from './packets.ts';

const US = '192.0.2.10';
const THEIRS = record('!gw.local. 120 A 192.0.2.20');

test('a response from another port than that of mDNS is ignored: nothing is learned, and no name is in doubt', () => {
  const world = new LinkWorld();
  const us = world.engine(US);
  const host = us.publish(records('!gw.local. 120 A 192.0.2.10'));
  world.clock.advance(5000);
  world.peer('192.0.2.20').station.sendFrom(5354, responsePackets([THEIRS])[0]!);
  world.clock.advance(5000);
  assert.deepEqual([host.published.state, us.counters.conflicts.value], ['established', 0]);
  assert.deepEqual(
    us.engine.cache.lookup('gw.local.', 1).map(({ sender }) => sender),
    [US],
  );
});

test('questions in a response are ignored', () => {
  const world = new LinkWorld();
  const us = world.engine(US);
  us.publish(records('!gw.local. 120 A 192.0.2.10'));
  world.clock.advance(10_000);
  const begin = world.clock.monotonic();
  const response = encode({ type: 'response', questions: [{ type: 'A', name: 'gw.local' }] });
  world.peer('192.0.2.20').station.send(response);
  world.clock.advance(5000);
  assert.deepEqual(world.packets(begin, US), []);
});

test('what others tell to know, or are about to claim, is not learned', () => {
  const world = new LinkWorld();
  const us = world.engine(US);
  const [query] = queryPackets([question('tv.local. A')], [THEIRS], [record('tv.local. 120 A 192.0.2.20')]);
  world.peer('192.0.2.20').station.send(query!);
  world.clock.advance(1000);
  assert.deepEqual([...us.engine.cache.all()], []);
});
