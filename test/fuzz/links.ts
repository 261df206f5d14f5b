import assert from 'node:assert/strict';
import { createLogger } from '../../src/log/logger.ts';
import { LinkEngine } from '../../src/mdns/link-engine.ts';
import { InterfaceWatch } from '../../src/mdns/link/interface-watch.ts';
import type { LinkSocketParts } from '../../src/mdns/link/link-socket.ts';
import { NetworkLink } from '../../src/mdns/link/network-link.ts';
import { readLinkMessage } from '../../src/mdns/message.ts';
import type { LinkSource } from '../../src/mdns/multicast-link.ts';
import { queryPackets, responsePackets } from '../../src/mdns/packets.ts';
import { ServiceBrowser } from '../../src/mdns/browsing/service-browser.ts';
import { HostPublisher } from '../../src/mdns/publishing/host-publisher.ts';
import { ServicePublisher } from '../../src/mdns/publishing/service-publisher.ts';
import { seededRandom } from '../../src/plugin/random.ts';
import type { Random } from '../../src/plugin/random.ts';
import { RecordType } from '../../src/wire/codes.ts';
import { FakeClock } from '../kit/fake-clock.ts';
import { unseenCounters } from '../kit/link-counters.ts';
import { linkRecord } from '../kit/simulated-device.ts';
import { mutated } from './mutations.ts';

/** Milliseconds of the clock between two packets: more than a link admits. */
const PACE = 1;
const OWN = '192.168.1.1';
/** Bytes that what a link holds may take, with all that goes with a record. */
const MOST_HEAP = 64 * 2 ** 20;
const TYPE = '_http._tcp';

/** What became of the packets. */
export interface LinkAttackResult {
  readonly malformed: number;
  readonly offLink: number;
  readonly tooMany: number;
  readonly cacheFull: number;
  readonly sent: number;
  /** Bytes of heap more than in the beginning, at most, after a collection where `gc` is to be had. */
  readonly heap: number;
}

/**
 * Mutated packets of multicast DNS, from the link and from elsewhere, to a link whose socket is none: it publishes a
 * host and a service, and follows all of a type.
 * @throws AssertionError when it no longer answers, or holds too much
 */
export function attackLink(packets: number, seed: number): LinkAttackResult {
  const random = seededRandom(seed);
  const clock = new FakeClock();
  const counters = unseenCounters('eth0');
  const table = {
    eth0: [
      { address: OWN, netmask: '255.255.255.0', family: 'IPv4', mac: '', internal: false, cidr: `${OWN}/24` },
    ],
  } as const;
  const watch = new InterfaceWatch({ interfaces: () => table, index: () => 1 }, clock);
  const log = createLogger(() => undefined);
  let socket: LinkSocketParts | undefined;
  let sent = 0;
  let last: Uint8Array = new Uint8Array(0);
  const link = new NetworkLink('eth0', {
    watch,
    clock,
    log,
    counters,
    isShared: false,
    open: (parts) => {
      socket = parts;
      return {
        family: parts.address.family,
        send: (packet) => {
          sent++;
          last = packet;
        },
        staysWith: () => true,
        close: () => Promise.resolve(),
      };
    },
  });
  const engine = new LinkEngine(link, {
    clock,
    random,
    log,
    counters,
    mark: new Uint8Array(0),
    isMarked: () => false,
  });
  const host = new HostPublisher(engine, 'desk', () => undefined);
  const service = { instance: 'Desk', type: TYPE, host: host.name, port: 80 };
  const publisher = new ServicePublisher(engine, service, {
    established: () => undefined,
    renamed: () => undefined,
  });
  const nothing = (): void => undefined;
  new ServiceBrowser(engine, TYPE, { found: nothing, changed: nothing, lost: nothing });
  clock.advance(5000);
  const queries = linkCorpus();
  const before = heapUsed();
  let heap = 0;
  for (let count = 1; count <= packets; count++) {
    socket!.heard(mutated(queries, random), sender(random));
    if (count % 4 === 0) clock.advance(4 * PACE);
    if (count % 50_000 === 0) heap = Math.max(heap, heapUsed() - before);
  }
  heap = Math.max(heap, heapUsed() - before);
  assert.ok(heap < MOST_HEAP, `${heap} bytes more than before`);
  // All that it was told has expired, and it has its names, if others by now.
  clock.advance(60_000);
  const name = `${publisher.instance.replaceAll(/[ ().]/g, (each) => `\\${each}`)}.${TYPE}.local.`;
  const own = { address: '192.168.1.77', port: 5353, family: 4 } as const;
  for (const packet of queryPackets([{ name, type: RecordType.SRV, unicast: false }]))
    socket!.heard(packet, own);
  clock.advance(500);
  const answers = readLinkMessage(last)!.answers.map((record) => record.name.toLowerCase());
  assert.ok(
    answers.some((each) => each.startsWith('desk')),
    `no answer for ${name}: ${answers.join(', ')}`,
  );
  const { malformed, off_link: offLink, too_many: tooMany, cache_full: cacheFull } = counters.dropped;
  watch.close();
  return {
    malformed: malformed.value,
    offLink: offLink.value,
    tooMany: tooMany.value,
    cacheFull: cacheFull.value,
    sent,
    heap,
  };
}

/** Somebody on the link mostly, one of hundreds; now and then from elsewhere, or from another port. */
function sender(random: Random): LinkSource {
  const isElsewhere = random.below(10) === 0;
  const address = isElsewhere ? `203.0.113.${random.below(256)}` : `192.168.1.${2 + random.below(250)}`;
  return { address, port: random.below(10) === 0 ? 1024 + random.below(60_000) : 5353, family: 4 };
}

function linkCorpus(): Buffer[] {
  const names = [
    'desk.local.',
    'Desk._http._tcp.local.',
    '_http._tcp.local.',
    'tv.local.',
    'TV._http._tcp.local.',
  ];
  const questions = names.flatMap((name) =>
    [RecordType.PTR, RecordType.SRV, RecordType.A, RecordType.ANY].map((type) => ({
      name,
      type,
      unicast: false,
    })),
  );
  const records = [
    '_http._tcp.local. 4500 PTR TV._http._tcp.local.',
    'TV._http._tcp.local. 120 SRV 0 0 80 tv.local.',
    'TV._http._tcp.local. 4500 TXT "a=1" "b=2"',
    'tv.local. 120 A 192.168.1.30',
    'tv.local. 120 AAAA fe80::30',
    'desk.local. 120 A 192.168.1.66',
    'Desk._http._tcp.local. 120 SRV 0 0 81 other.local.',
  ].map(linkRecord);
  return [
    ...questions.flatMap((question) => queryPackets([{ ...question, unicast: false }])),
    ...questions.flatMap((question) => queryPackets([{ ...question, unicast: true }], records)),
    ...queryPackets(questions, [], records),
    ...records.flatMap((record) => responsePackets([record])),
    ...responsePackets(records),
    ...responsePackets(records.map((record) => ({ ...record, ttl: 0 }))),
  ];
}

function heapUsed(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
