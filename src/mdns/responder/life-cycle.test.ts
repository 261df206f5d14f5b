import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinkWorld, records, shown } from '../../../test/kit/link-world.ts';
import type { Following, TestEngine } from '../../../test/kit/link-world.ts';
import type { Publication } from './publication.ts';

const US = '192.0.2.10';

interface Scene {
  readonly world: LinkWorld;
  readonly us: TestEngine;
  readonly published: Following['published'];
  /** What we sent since it was established, each packet on a line, with milliseconds. */
  readonly said: () => string[];
}

function publication(...texts: readonly string[]): Publication {
  return { ...records(...texts), isProxied: false };
}

const NAME = ['!web._x._tcp.local. 120 SRV 0 0 80 gw.local.', '!web._x._tcp.local. 4500 TXT "a"'];
const POINTER = '_x._tcp.local. 4500 PTR web._x._tcp.local.';

function scene(...texts: readonly string[]): Scene {
  const world = new LinkWorld();
  const us = world.engine(US);
  const { published } = us.publish(records(...texts));
  world.clock.advance(10_000);
  const begin = world.clock.monotonic();
  const said = (): string[] =>
    world.packets(begin, US).map(({ at, message }) => {
      const kind = message.isResponse ? 'says' : 'probes';
      const words = [...message.answers, ...message.authority].map((one) => shown(one)).join(', ');
      return `${Math.round((at - begin) / 10) * 10} ${kind} ${words}`;
    });
  return { world, us, published, said };
}

test('other data of a unique name is announced twice, without probes and goodbyes', () => {
  const { world, published, said } = scene(...NAME, POINTER);
  published.update(publication(NAME[0]!, NAME[1]!.replace('"a"', '"b"'), POINTER));
  world.clock.advance(5000);
  const news = '!web._x._tcp.local. 4500 TXT "b"';
  assert.deepEqual(said(), [`0 says ${news}`, `1000 says ${news}`]);
});

test('changes that follow one another are announced twice each', () => {
  const { world, published, said } = scene(...NAME, POINTER);
  const [srv, txt] = [NAME[0]!.replace('80', '81'), NAME[1]!.replace('"a"', '"b"')];
  published.update(publication(srv, NAME[1]!, POINTER));
  world.clock.advance(500);
  published.update(publication(srv, txt, POINTER));
  world.clock.advance(5000);
  assert.deepEqual(said(), [`0 says ${srv}`, `500 says ${txt}`, `1000 says ${srv}`, `1500 says ${txt}`]);
});

test('what changes all the time is announced with other data ten times a minute at most, and as it is in the end', () => {
  const { world, us, published } = scene(...NAME);
  const begin = world.clock.monotonic();
  const changes: { readonly at: number; readonly port: string }[] = [];
  const note = (): void => {
    changes.length = 0;
    for (const { at, message } of world.packets(begin, US)) {
      for (const one of message.answers) {
        const port = shown(one).split(' ')[5]!;
        if (shown(one).includes(' SRV ') && port !== changes.at(-1)?.port) changes.push({ at, port });
      }
    }
  };
  const last = 5000;
  for (let port = 1; port <= last; port++) {
    published.update(publication(NAME[0]!.replace(' 80 ', ` ${port} `), NAME[1]!));
    world.clock.advance(50);
  }
  world.clock.advance(20_000);
  note();
  assert.equal(changes.at(-1)!.port, String(last));
  assert.ok(changes.at(-1)!.at - begin <= last * 50 + 12_000, 'the last one is not kept back for long');
  assert.ok(changes[4]!.at - begin <= 5000, 'the first five are quick');
  assert.ok(changes.length > 20, `${changes.length} changes`);
  for (const [index, { at }] of changes.slice(10).entries()) {
    assert.ok(
      at - changes[index]!.at >= 60_000,
      `${at} ms, and the tenth before it at ${changes[index]!.at} ms`,
    );
  }
  assert.equal(us.counters.dropped.too_many.value, 0);
});

test('what comes and goes all the time is said, and taken back, no more than once in a second', () => {
  const host = '!gw.local. 120 A 192.0.2.10';
  const other = '!gw.local. 120 AAAA fe80::10';
  const { world, published, said } = scene(host);
  for (let round = 0; round < 100; round++) {
    published.update(publication(host, other));
    world.clock.advance(20);
    published.update(publication(host));
    world.clock.advance(20);
  }
  world.clock.advance(20_000);
  const times = (text: string): number[] =>
    said()
      .filter((line) => line.includes(text))
      .map((line) => Number(line.split(' ')[0]));
  for (const text of [other, other.replace('120', '0')]) {
    const found = times(text);
    assert.ok(found.length > 0 && found.length <= 6, `${text}: ${found.join()}`);
    for (const [index, at] of found.slice(1).entries()) assert.ok(at - found[index]! >= 990, found.join());
  }
  assert.equal(
    Math.max(...times(other)) < Math.max(...times(other.replace('120', '0'))),
    true,
    said().join(),
  );
});

test('what does not change is not said again', () => {
  const { world, published, said } = scene(...NAME, POINTER);
  published.update(publication(...NAME.map((text) => text.replace('web', 'WEB')), POINTER));
  world.clock.advance(5000);
  assert.deepEqual(said(), []);
});

test('an address more is announced with those that stay; one less ends by the cache-flush bit', () => {
  const { world, published, said } = scene('!gw.local. 120 A 192.0.2.10');
  const [first, second] = ['!gw.local. 120 A 192.0.2.10', '!gw.local. 120 A 192.0.2.11'];
  published.update(publication(first, second));
  world.clock.advance(3000);
  published.update(publication(second));
  world.clock.advance(3000);
  assert.deepEqual(said(), [
    `0 says ${first}, ${second}`,
    `1000 says ${first}, ${second}`,
    `3000 says ${second}`,
    `4000 says ${second}`,
  ]);
});

test('the last record of a type is taken back, twice', () => {
  const { world, published, said } = scene('!gw.local. 120 A 192.0.2.10', '!gw.local. 120 AAAA fe80::1');
  published.update(publication('!gw.local. 120 A 192.0.2.10'));
  world.clock.advance(5000);
  assert.deepEqual(said(), ['0 says !gw.local. 0 AAAA fe80::1', '1200 says !gw.local. 0 AAAA fe80::1']);
});

test('other data of a shared name: first a goodbye for the old', () => {
  const { world, published, said } = scene(POINTER);
  const other = '_x._tcp.local. 4500 PTR other._x._tcp.local.';
  published.update(publication(other));
  world.clock.advance(5000);
  const goodbye = POINTER.replace('4500', '0');
  assert.deepEqual(said(), [
    `0 says ${goodbye}`,
    `0 says ${other}`,
    `1000 says ${other}`,
    `1200 says ${goodbye}`,
  ]);
});

test('another name is probed for before it is said; the old one ends at once', () => {
  const { world, published, said } = scene(...NAME, POINTER);
  const renamed = [...NAME, POINTER].map((text) => text.replaceAll('web.', 'shop.'));
  published.update(publication(...renamed));
  assert.equal(published.state, 'probing');
  world.clock.advance(5000);
  const lines = said().map((line) => line.replace(/^\d+ /, ''));
  const claims = renamed.slice(0, 2).map((text) => text.slice(1));
  const goodbyes = [...NAME, POINTER].map((text) => text.replace(/ (120|4500) /, ' 0 '));
  assert.deepEqual(
    lines.filter((line) => line.startsWith('probes')),
    Array(3).fill(`probes ${claims.join(', ')}`),
  );
  assert.deepEqual(
    lines.filter((line) => / 0 (SRV|TXT|PTR)/.test(line)),
    Array(2).fill(`says ${goodbyes.join(', ')}`),
  );
  assert.equal(lines.at(-1), `says ${renamed.join(', ')}`);
  assert.equal(published.state, 'established');
});

test('while a new name is probed for, the others are answered', () => {
  const host = '!gw.local. 120 A 192.0.2.10';
  const { world, published } = scene(host);
  published.update(publication(host, '!new.local. 120 A 192.0.2.10'));
  world.clock.advance(100);
  const begin = world.clock.monotonic();
  world.peer('192.0.2.20').ask(['gw.local. A', 'new.local. A']);
  world.clock.advance(300);
  const answers = world.packets(begin, US).flatMap(({ message }) => message.answers);
  assert.deepEqual(
    answers.map((one) => shown(one)),
    [host],
  );
});

test('a publication that is closed says goodbye, twice, to what nobody else of us says', () => {
  const host = '!gw.local. 120 A 192.0.2.10';
  const { world, us, published, said } = scene(...NAME, POINTER, host);
  us.publish(records(host));
  world.clock.advance(5000);
  const before = said().length;
  published.close();
  assert.equal(published.state, 'withdrawn');
  world.clock.advance(5000);
  const goodbyes = [...NAME, POINTER].map((text) => text.replace(/ (120|4500) /, ' 0 ')).join(', ');
  assert.deepEqual(said().slice(before), [`5000 says ${goodbyes}`, `6200 says ${goodbyes}`]);
});

test('what comes back within a second is not said goodbye to again', () => {
  const { world, us, published, said } = scene(POINTER);
  published.close();
  world.clock.advance(500);
  us.publish(records(POINTER));
  world.clock.advance(5000);
  assert.deepEqual(said(), [
    `0 says ${POINTER.replace('4500', '0')}`,
    `500 says ${POINTER}`,
    `1500 says ${POINTER}`,
  ]);
});

test('one that was never announced leaves without a word', () => {
  const world = new LinkWorld();
  const { published } = world.engine(US).publish(records(...NAME));
  world.clock.advance(300);
  const before = world.packets().length;
  published.close();
  published.update(publication(POINTER));
  world.clock.advance(5000);
  assert.equal(world.packets().length, before);
});

test('an engine that closes takes all back at once, in few packets, and rings no more', () => {
  const world = new LinkWorld();
  const us = world.engine(US);
  for (let index = 0; index < 50; index++)
    us.publish(records(`!host-${index}.local. 120 A 192.0.2.${index}`));
  world.clock.advance(10_000);
  const begin = world.clock.monotonic();
  void us.engine.close();
  const goodbyes = world.packets(begin, US);
  assert.ok(goodbyes.length <= 2, `${goodbyes.length} packets`);
  assert.equal(goodbyes.flatMap(({ message }) => message.answers).filter(({ ttl }) => ttl === 0).length, 50);
  world.clock.advance(10_000);
  assert.equal(world.packets(begin, US).length, goodbyes.length);
  assert.equal(world.clock.pending, 0);
});

test('when the link goes, nothing is said; when it comes back, names are probed and announced anew', () => {
  const { world, us, published, said } = scene('!gw.local. 120 A 192.0.2.10');
  us.station.change();
  assert.equal(published.state, 'probing');
  world.peer('192.0.2.20').ask('gw.local. A');
  world.clock.advance(5000);
  us.station.change(US);
  world.clock.advance(5000);
  assert.deepEqual(
    said().map((line) => line.replace(/^\d+ /, '')),
    [
      ...Array<string>(3).fill('probes gw.local. 120 A 192.0.2.10'),
      ...Array<string>(2).fill('says !gw.local. 120 A 192.0.2.10'),
    ],
  );
  assert.equal(published.state, 'established');
});

test('what is published or changed while the link is down is probed when it comes', () => {
  const world = new LinkWorld();
  const us = world.engine();
  const host = us.publish(records('!gw.local. 120 A 192.0.2.10'));
  world.clock.advance(5000);
  host.published.update(publication('!gw.local. 120 A 192.0.2.11'));
  world.clock.advance(5000);
  assert.deepEqual([world.packets().length, host.published.state], [0, 'probing']);
  us.station.change(US);
  world.clock.advance(5000);
  assert.equal(host.published.state, 'established');
  assert.equal(shown(world.packets().at(-1)!.message.answers[0]!), '!gw.local. 120 A 192.0.2.11');
});

test('another address beside the old one: announced again, not probed; another network: probed', () => {
  const { world, us, published, said } = scene('!gw.local. 120 A 192.0.2.10');
  us.station.change(US, 'fe80::10');
  world.clock.advance(5000);
  assert.deepEqual(
    said().map((line) => line.split(' ')[1]),
    ['says', 'says'],
  );
  us.station.change('198.51.100.1');
  assert.equal(published.state, 'probing');
  world.clock.advance(5000);
  assert.equal(published.state, 'established');
});

test('an owner may take its publication back, or change it, while it is told of something', () => {
  const world = new LinkWorld();
  const us = world.engine(US);
  const peer = world.peer('192.0.2.20');
  const closing = us.engine.responder.publish(publication('!a.local. 120 A 192.0.2.10'), {
    established: () => closing.close(),
    conflict: () => undefined,
  });
  const changing = us.engine.responder.publish(publication('!b.local. 120 A 192.0.2.10'), {
    established: () => undefined,
    conflict: () => {
      changing.close();
      return publication('!c.local. 120 A 192.0.2.10');
    },
  });
  world.clock.advance(400);
  peer.say(records('!b.local. 120 A 192.0.2.20').unique);
  world.clock.advance(5000);
  assert.deepEqual([closing.state, changing.state], ['withdrawn', 'withdrawn']);
  const names = world.packets(0, US).flatMap(({ message }) => message.answers.map(({ name }) => name));
  assert.ok(!names.includes('b.local.') && !names.includes('c.local.'));
});
