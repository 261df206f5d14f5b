import assert from 'node:assert/strict';
import type { LinkRecord } from '../../src/mdns/message.ts';
import { queryPackets, responsePackets } from '../../src/mdns/packets.ts';
import { RecordType } from '../../src/wire/codes.ts';
import { linkRecord } from '../kit/simulated-device.ts';
import { Simulation } from './simulation.ts';
import type { PacketCounts } from './simulation.ts';

/** Most packets that two gateways may cause for each that there would be with one. */
const MOST_PACKETS = 1.2;
/** Packets in a second of the storm. */
const STORM = 200;
/** Packets in a second that a gateway may send while somebody storms: what may go to the group once a second goes. */
const MOST_IN_A_STORM = 20;

/** What is tried. */
export interface TrialSize {
  readonly devices: number;
  readonly minutes: number;
}

/** Figures of a trial, for people to read. */
export interface TrialResult {
  readonly factor: number;
  readonly packets: readonly [one: PacketCounts, two: PacketCounts];
}

/**
 * The same links with one gateway and with two.
 * @throws AssertionError when a name changes that need not, services are missing, or two cost too many packets
 */
export function compareGateways({ devices, minutes }: TrialSize): TrialResult {
  const totals: number[] = [];
  const counts = [1, 2].map((gateways) => {
    const simulation = new Simulation({ gateways, devices, seed: 1 });
    simulation.clock.advance(minutes * 60_000);
    assert.equal(simulation.renames, 0, 'a device took another name');
    assert.equal(simulation.gatewayRenames, 0, 'a gateway took another name');
    for (const seen of simulation.seen) {
      // Some are away for half a minute.
      assert.ok(seen.size >= devices * 0.9, `${seen.size} of ${devices} services are seen`);
    }
    const sent = simulation.counts();
    totals.push(Object.values(sent).reduce((sum, count) => sum + count));
    return sent;
  });
  const factor = totals[1]! / totals[0]!;
  assert.ok(factor <= MOST_PACKETS, `two gateways: ${factor.toFixed(2)} times the packets of one`);
  return { factor, packets: [counts[0]!, counts[1]!] };
}

/**
 * Somebody on one link asks for all services, and says other things of one, 200 times a second for ten seconds.
 * @returns packets that gateways sent in each of its seconds, and in five after it
 * @throws AssertionError when the storm is carried on, or leaves anything behind
 */
export function stormGateways(devices: number): number[] {
  const simulation = new Simulation({ gateways: 2, devices, seed: 2 });
  simulation.clock.advance(180_000);
  const began = simulation.clock.monotonic();
  const questions = [{ name: '_http._tcp.local.', type: RecordType.PTR, unicast: false }];
  const services = Array.from({ length: STORM }, (_, port) => stormRecords(port));
  const packets = services.flatMap((records) => [...queryPackets(questions), ...responsePackets(records)]);
  simulation.storm(packets, STORM, 10_000);
  simulation.clock.advance(15_000);
  const seconds = Array.from({ length: 15 }, (_, second) => {
    const counts = simulation.counts(began + second * 1000, began + (second + 1) * 1000);
    return counts['gateway queries'] + counts['gateway responses'];
  });
  const [, ...contained] = seconds;
  for (const [index, count] of contained.entries()) {
    assert.ok(count <= 2 * MOST_IN_A_STORM, `${count} packets of gateways in second ${index + 2}`);
  }
  assert.ok(simulation.dropped > 0, 'nothing was dropped');
  assert.equal(simulation.renames + simulation.gatewayRenames, 0);
  for (const seen of simulation.seen) assert.ok(seen.size >= devices, 'a service was lost');
  return seconds;
}

/** A service whose port is another each time. */
function stormRecords(port: number): LinkRecord[] {
  return [
    '_http._tcp.local. 4500 PTR Storm._http._tcp.local.',
    `Storm._http._tcp.local. 120 SRV 0 0 ${port} storm.local.`,
    'Storm._http._tcp.local. 4500 TXT "a=1"',
    'storm.local. 120 A 192.168.0.250',
  ].map(linkRecord);
}
