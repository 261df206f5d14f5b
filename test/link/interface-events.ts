import type { Random } from '../../src/plugin/random.ts';
import type { Host, Link } from './lan.ts';

/** Where an interface of a host is plugged in, and the first three bytes of its IPv4 network. */
export interface Place {
  readonly name: string;
  readonly link: Link;
  readonly network: string;
}

/** An interface as the system tells of it. */
export interface PresentInterface {
  readonly name: string;
  /** It is up, and so is the other end. */
  readonly runs: boolean;
  readonly families: readonly (4 | 6)[];
}

/** What can happen to an interface that is there; returns in words what did. */
type Event = (host: Host, place: Place, random: Random) => string;

const events: readonly Event[] = [
  down,
  up,
  flap,
  address,
  address,
  lessAddress,
  onlyIPv6,
  withoutIPv6,
  remake,
  remove,
];

/** Has something happen to one of these interfaces; returns in words what did. */
export function change(host: Host, places: readonly Place[], random: Random): string {
  const place = places[random.below(places.length)]!;
  const isThere = present(host).some(({ name }) => name === place.name);
  const event = isThere ? events[random.below(events.length)]! : make;
  return `${place.name} ${event(host, place, random)}`;
}

/** The interfaces that a host has. */
export function present(host: Host): PresentInterface[] {
  const shown = JSON.parse(host.ip('-j', 'addr')) as readonly ShownInterface[];
  return shown.map(({ ifname, flags, addr_info: addresses }) => ({
    name: ifname,
    runs: flags.includes('UP') && flags.includes('LOWER_UP'),
    families: ([4, 6] as const).filter((family) =>
      addresses.some((address) => address.family === (family === 4 ? 'inet' : 'inet6')),
    ),
  }));
}

interface ShownInterface {
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly addr_info: readonly { readonly family: string }[];
}

function down(host: Host, { name }: Place): string {
  host.ip('link', 'set', name, 'down');
  return 'down';
}

function up(host: Host, { name }: Place): string {
  host.ip('link', 'set', name, 'up');
  return 'up';
}

/** Quicker than anyone looks. */
function flap(host: Host, place: Place): string {
  down(host, place);
  return `${up(host, place)} again`;
}

function address(host: Host, { name, network }: Place, random: Random): string {
  const added = `${network}.${2 + random.below(8)}/24`;
  host.ip('addr', 'replace', added, 'dev', name);
  return `has ${added}`;
}

function lessAddress(host: Host, { name, network }: Place, random: Random): string {
  const left = `${network}.${1 + random.below(9)}`;
  host.ip('addr', 'flush', 'dev', name, 'to', left);
  return `has no ${left}`;
}

function onlyIPv6(host: Host, { name }: Place): string {
  host.ip('-4', 'addr', 'flush', 'dev', name);
  host.setting(`net.ipv6.conf.${name}.disable_ipv6=0`);
  return 'has IPv6 only';
}

function withoutIPv6(host: Host, { name }: Place, random: Random): string {
  const setting = `net.ipv6.conf.${name}.disable_ipv6=${random.below(2)}`;
  host.setting(setting);
  return setting;
}

function remake(host: Host, place: Place): string {
  remove(host, place);
  return `${make(host, place)} anew`;
}

function remove(host: Host, { name }: Place): string {
  host.remove(name);
  return 'removed';
}

function make(host: Host, { name, link, network }: Place): string {
  host.join(link, name, `${network}.1/24`);
  return 'made';
}
