import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { test } from 'node:test';
import { createLogger } from '../../src/log/logger.ts';
import { gatewayMark, markedBy } from '../../src/mdns/gateway-mark.ts';
import { LinkEngine } from '../../src/mdns/link-engine.ts';
import type { LinkCounters } from '../../src/mdns/link-counters.ts';
import { HostPublisher } from '../../src/mdns/publishing/host-publisher.ts';
import { ServicePublisher } from '../../src/mdns/publishing/service-publisher.ts';
import { seededRandom } from '../../src/plugin/random.ts';
import { typeFromName } from '../../src/wire/codes.ts';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { unseenCounters } from '../../test/kit/link-counters.ts';
import { recordText } from '../../test/kit/record-text.ts';
import { SimulatedDevice } from '../../test/kit/simulated-device.ts';
import { SimulatedLink } from '../../test/kit/simulated-link.ts';
import { LinkSharing } from './link-sharing.ts';
import { fits } from './sharing-rule.ts';

const SPEAKER = [
  '_raop._tcp.local. 4500 PTR Kitchen._raop._tcp.local.',
  'Kitchen._raop._tcp.local. 120 SRV 0 0 7000 kitchen.local.',
  'Kitchen._raop._tcp.local. 4500 TXT "am=1"',
  '_matter._tcp.local. 4500 PTR 00AA._matter._tcp.local.',
  '00AA._matter._tcp.local. 120 SRV 0 0 5540 kitchen.local.',
  'kitchen.local. 120 A 192.168.1.30',
  'kitchen.local. 120 AAAA fe80::30',
];

let gateways = 0;

/** A gateway with an end on some links. */
class Gateway {
  readonly counters: LinkCounters[] = [];
  readonly #engines = new Map<string, LinkEngine>();
  readonly #clock: FakeClock;
  readonly lines: string[] = [];
  readonly #number = ++gateways;

  constructor(clock: FakeClock, links: Readonly<Record<string, SimulatedLink>>) {
    this.#clock = clock;
    for (const [index, [name, link]] of Object.entries(links).entries()) {
      const counters = unseenCounters(name);
      this.counters.push(counters);
      const engine = new LinkEngine(link.station(name, `192.168.${index + 1}.${this.#number % 250}`), {
        clock,
        random: seededRandom(this.#number),
        log: createLogger(() => undefined),
        counters,
        mark: gatewayMark(Uint8Array.of(this.#number)),
        isMarked: (options) => markedBy(options) !== undefined,
      });
      this.#engines.set(name, engine);
    }
  }

  share(from: string, to: string, type: string, instance = '*', host = '*'): LinkSharing {
    const log = createLogger((line) => this.lines.push(line));
    const links = { engine: (name: string) => this.#engines.get(name)!, release: () => undefined };
    const sharing = new LinkSharing(links, from, to, { type, instance, host, to: [to] }, log);
    sharing.start();
    return sharing;
  }

  renames(): number {
    return this.counters.reduce((sum, counters) => sum + counters.renames.value, 0);
  }

  advance(seconds: number): void {
    this.#clock.advance(seconds * 1000);
  }
}

/** Somebody on a link who looks for things. */
class Guest {
  readonly engine: LinkEngine;
  readonly #clock: FakeClock;

  constructor(clock: FakeClock, link: SimulatedLink, address: string) {
    this.#clock = clock;
    this.engine = new LinkEngine(link.station('wlan0', address), {
      clock,
      random: seededRandom(99),
      log: createLogger(() => undefined),
      counters: unseenCounters('wlan0'),
      mark: new Uint8Array(0),
      isMarked: () => false,
    });
  }

  /** What is known of a name three seconds after asking for it, sorted. */
  ask(name: string, type: string): string[] {
    const number = typeFromName(type)!;
    const subscription = this.engine.querier.subscribe(name, number, { appeared: () => {}, gone: () => {} });
    this.#clock.advance(3000);
    subscription.close();
    return this.engine.cache
      .lookup(name, number)
      .map(({ record }) => recordText(record))
      .sort();
  }
}

function home(): {
  clock: FakeClock;
  main: SimulatedLink;
  guests: SimulatedLink;
  speaker: SimulatedDevice;
  gateway: Gateway;
} {
  const clock = new FakeClock();
  const main = new SimulatedLink(clock);
  const guests = new SimulatedLink(clock);
  const speaker = new SimulatedDevice(main, '192.168.1.30', ...SPEAKER);
  return { clock, main, guests, speaker, gateway: new Gateway(clock, { main, guests }) };
}

test('a guest sees what a rule allows of a device, and nothing else of it, by direct questions neither', () => {
  const { clock, guests, gateway } = home();
  gateway.share('main', 'guests', '_raop._tcp');
  clock.advance(5000);
  const guest = new Guest(clock, guests, '192.168.2.77');
  const seen = [
    ['_raop._tcp.local.', 'PTR', ['_raop._tcp.local. 4500 PTR Kitchen._raop._tcp.local.']],
    ['Kitchen._raop._tcp.local.', 'SRV', ['Kitchen._raop._tcp.local. 120 SRV 0 0 7000 kitchen.local.']],
    ['Kitchen._raop._tcp.local.', 'TXT', ['Kitchen._raop._tcp.local. 4500 TXT "am=1"']],
    ['kitchen.local.', 'A', ['kitchen.local. 120 A 192.168.1.30']],
    ['kitchen.local.', 'AAAA', []],
    ['_matter._tcp.local.', 'PTR', []],
    ['00AA._matter._tcp.local.', 'SRV', []],
    ['_services._dns-sd._udp.local.', 'PTR', ['_services._dns-sd._udp.local. 4500 PTR _raop._tcp.local.']],
  ] as const;
  for (const [name, type, expected] of seen)
    assert.deepEqual(guest.ask(name, type), expected, `${name} ${type}`);
});

test('nothing goes the other way', () => {
  const { clock, main, guests, gateway } = home();
  new SimulatedDevice(guests, '192.168.2.9', ...SPEAKER.map((line) => line.replaceAll(/kitchen/gi, 'phone')));
  gateway.share('main', 'guests', '_raop._tcp');
  clock.advance(5000);
  const asker = new Guest(clock, main, '192.168.1.77');
  assert.deepEqual(asker.ask('_raop._tcp.local.', 'PTR'), [
    '_raop._tcp.local. 4500 PTR Kitchen._raop._tcp.local.',
  ]);
});

test('who is not meant by a rule is not seen', () => {
  const { clock, guests, gateway } = home();
  gateway.share('main', 'guests', '_raop._tcp', 'Living*');
  clock.advance(5000);
  assert.deepEqual(new Guest(clock, guests, '192.168.2.77').ask('_raop._tcp.local.', 'PTR'), []);
});

test('who is not of the host of a rule is not seen', () => {
  const { clock, main, guests, gateway } = home();
  new SimulatedDevice(main, '192.168.1.31', ...SPEAKER.map((line) => line.replaceAll(/kitchen/gi, 'porch')));
  gateway.share('main', 'guests', '_raop._tcp', '*', 'por*');
  clock.advance(5000);
  assert.deepEqual(new Guest(clock, guests, '192.168.2.77').ask('_raop._tcp.local.', 'PTR'), [
    '_raop._tcp.local. 4500 PTR porch._raop._tcp.local.',
  ]);
});

test('what is shared of a subtype is found by it, and by the type', () => {
  const { clock, main, guests, gateway } = home();
  new SimulatedDevice(
    main,
    '192.168.1.40',
    '_ipp._tcp.local. 4500 PTR Laser._ipp._tcp.local.',
    '_universal._sub._ipp._tcp.local. 4500 PTR Laser._ipp._tcp.local.',
    '_ipp._tcp.local. 4500 PTR Plotter._ipp._tcp.local.',
    'Laser._ipp._tcp.local. 120 SRV 0 0 631 laser.local.',
    'Plotter._ipp._tcp.local. 120 SRV 0 0 631 laser.local.',
    'laser.local. 120 A 192.168.1.40',
  );
  gateway.share('main', 'guests', '_universal._sub._ipp._tcp');
  clock.advance(5000);
  const guest = new Guest(clock, guests, '192.168.2.77');
  for (const type of ['_universal._sub._ipp._tcp.local.', '_ipp._tcp.local.']) {
    assert.deepEqual(guest.ask(type, 'PTR'), [`${type} 4500 PTR Laser._ipp._tcp.local.`]);
  }
});

test('two rules may mean one service', () => {
  const { clock, guests, gateway } = home();
  gateway.share('main', 'guests', '_raop._tcp', 'K*');
  gateway.share('main', 'guests', '_raop._tcp', '*n');
  clock.advance(20_000);
  const guest = new Guest(clock, guests, '192.168.2.77');
  assert.deepEqual(guest.ask('kitchen.local.', 'A'), ['kitchen.local. 120 A 192.168.1.30']);
  assert.deepEqual([gateway.renames(), gateway.lines.length], [0, 0]);
});

for (const host of ['WPAD', hostname().split('.', 1)[0]!]) {
  test(`what a device says of ${host} does not cross`, () => {
    const { clock, main, guests, gateway } = home();
    const rows = SPEAKER.map((line) => line.replaceAll('kitchen', host).replaceAll('Kitchen', 'Trap'));
    new SimulatedDevice(main, '192.168.1.66', ...rows);
    gateway.share('main', 'guests', '_raop._tcp');
    clock.advance(5000);
    const guest = new Guest(clock, guests, '192.168.2.77');
    assert.deepEqual(guest.ask(`${host}.local.`, 'A'), []);
    assert.deepEqual(guest.ask('_raop._tcp.local.', 'PTR'), [
      '_raop._tcp.local. 4500 PTR Kitchen._raop._tcp.local.',
    ]);
  });
}

test('what leaves one link leaves the other', () => {
  const { clock, guests, speaker, gateway } = home();
  gateway.share('main', 'guests', '_raop._tcp');
  clock.advance(5000);
  const guest = new Guest(clock, guests, '192.168.2.77');
  guest.ask('_raop._tcp.local.', 'PTR');
  speaker.sayGoodbye();
  speaker.station.isPlugged = false;
  clock.advance(2500);
  assert.deepEqual(guest.engine.cache.lookup('_raop._tcp.local.', 12), []);
});

test('a device that moves to where a gateway spoke for it keeps its name', () => {
  const { clock, guests, speaker, gateway } = home();
  gateway.share('main', 'guests', '_raop._tcp');
  clock.advance(5000);
  speaker.station.isPlugged = false;
  const moved = new Guest(clock, guests, '192.168.2.30');
  const renames: string[] = [];
  new HostPublisher(moved.engine, 'kitchen', (name) => renames.push(name));
  new ServicePublisher(
    moved.engine,
    { instance: 'Kitchen', type: '_raop._tcp', host: 'kitchen.local.', port: 7000 },
    { established: () => undefined, renamed: (name) => renames.push(name) },
  );
  clock.advance(20_000);
  assert.deepEqual(renames, []);
  const guest = new Guest(clock, guests, '192.168.2.77');
  assert.deepEqual(guest.ask('kitchen.local.', 'A'), ['kitchen.local. 120 A 192.168.2.30']);
});

test('two gateways with rules both ways do not carry in circles', () => {
  const { clock, main, guests, speaker } = home();
  const pair = [1, 2].map(() => new Gateway(clock, { main, guests }));
  for (const gateway of pair) {
    gateway.share('main', 'guests', '_raop._tcp');
    gateway.share('guests', 'main', '_raop._tcp');
  }
  clock.advance(30_000);
  speaker.sayGoodbye();
  speaker.station.isPlugged = false;
  clock.advance(10_000);
  for (const [link, address] of [
    [main, '192.168.1.77'],
    [guests, '192.168.2.77'],
  ] as const) {
    assert.deepEqual(new Guest(clock, link, address).ask('_raop._tcp.local.', 'PTR'), []);
  }
  assert.deepEqual(
    pair.map((gateway) => gateway.renames()),
    [0, 0],
  );
});

const patterns = [
  { pattern: '*', text: '', fits: true },
  { pattern: 'Kitchen', text: 'kitchen', fits: true },
  { pattern: 'Kitchen', text: 'Kitchen 2', fits: false },
  { pattern: 'Living*', text: 'Living room', fits: true },
  { pattern: '*room', text: 'Living room', fits: true },
  { pattern: 'a*b*c', text: 'aXbXc', fits: true },
  { pattern: 'a*b*c', text: 'abXXb', fits: false },
  { pattern: 'ab*ba', text: 'aba', fits: false },
];
for (const row of patterns) {
  test(`'${row.pattern}' ${row.fits ? 'means' : 'does not mean'} '${row.text}'`, () => {
    assert.equal(fits(row.pattern, row.text), row.fits);
  });
}
