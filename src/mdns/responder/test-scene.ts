import { LinkWorld, records, shown } from '../../../test/kit/link-world.ts';
import type { HeardMessage, Peer, TestEngine } from '../../../test/kit/link-world.ts';

/** Ours, the asker's, and another's. */
export const US = '192.0.2.10';
export const THEM = '192.0.2.20';
export const OTHERS = '192.0.2.30';

export const HOST = records('!gw.local. 120 A 192.0.2.10', '!gw.local. 120 A 192.0.2.11');
const DUAL = records('!dual.local. 120 A 192.0.2.10', '!dual.local. 120 AAAA fe80::10');
const SERVICE = records(
  '!Front\\ door._http._tcp.local. 120 SRV 0 0 80 gw.local.',
  '!Front\\ door._http._tcp.local. 4500 TXT "path=/"',
  '_http._tcp.local. 4500 PTR Front\\ door._http._tcp.local.',
  '_services._dns-sd._udp.local. 4500 PTR _http._tcp.local.',
);

/** An engine that has announced a service and two hosts, and somebody to ask it. */
export interface Scene {
  readonly world: LinkWorld;
  readonly us: TestEngine;
  readonly peer: Peer;
  /** When everything was announced, and long enough ago that a record may go again. */
  readonly begin: number;
  /** What went over the link from us since, in text. */
  readonly said: () => string[];
  readonly heard: () => HeardMessage[];
}

/** @param later milliseconds after all is announced */
export function scene(seed = 1, later = 10_000): Scene {
  const world = new LinkWorld(seed);
  const us = world.engine(US);
  for (const published of [HOST, DUAL, SERVICE]) us.publish(published);
  world.clock.advance(5000 + later);
  const begin = world.clock.monotonic();
  const heard = (): HeardMessage[] => world.packets(begin, US);
  const said = (): string[] =>
    heard().map(({ message, to }) => {
      const sections = [message.answers, message.additional].map((section) =>
        section.map((one) => shown(one, false)).join(', '),
      );
      return `${to === undefined ? '' : `to ${to.address}: `}${sections.filter((text) => text !== '').join(' + ')}`;
    });
  return { world, us, peer: world.peer(THEM), begin, said, heard };
}
