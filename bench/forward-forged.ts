import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { sumOfMetric } from '../test/kit/server-process.ts';
import { nameToWire } from '../src/wire/name.ts';
import { printFigure, startWorld } from './forward-world.ts';
import type { BenchSettings, ForwardWorld } from './forward-world.ts';

/** Forged replies for one question: about as many as fit before the answer comes. */
const ROUND = 50_000;
/** Milliseconds for the question to reach the upstream. */
const UNDER_WAY = 100;
/** Milliseconds until a client gives up; longer than `forward` does. */
const PATIENCE = 8000;
/** The address that upstream.c forges, and the one that it answers with. */
const FORGED = '203.0.113.66';
const RIGHT = '192.0.2.1';

/**
 * A flood of replies from the upstream's own address and port, with the right question in the right letter case, while
 * a query for it is under way; the forger has to guess id and port.
 */
export async function measureForged(settings: BenchSettings): Promise<void> {
  const world = await startWorld(settings);
  const addresses = new Map<string, number>();
  let sent = 0;
  try {
    for (let round = 0; sent < settings.forged; round++) {
      const count = Math.min(ROUND, settings.forged - sent);
      sent += count;
      const address = await askUnderFlood(world, `victim${round}.example`, count);
      addresses.set(address, (addresses.get(address) ?? 0) + 1);
    }
    const accepted = addresses.get(FORGED) ?? 0;
    const limit = { text: '0', met: accepted === 0 };
    printFigure(`${sent} forged replies: accepted`, String(accepted), limit);
    const right = addresses.get(RIGHT) ?? 0;
    const rounds = [...addresses.values()].reduce((sum, count) => sum + count, 0);
    printFigure('questions under that flood that got the right answer', `${right} of ${rounds}`);
    const dropped = await sumOfMetric(world.metricsPort, 'signpost_forward_dropped_replies_total');
    printFigure('forged replies that met a socket: dropped and counted', String(dropped));
  } finally {
    world.stop();
  }
}

/** Asks, lets the flood come, then the answer; resolves with the address in it, or with what came instead. */
async function askUnderFlood(world: ForwardWorld, name: string, count: number): Promise<string> {
  const upstream = world.upstreams[0]!;
  // Silent at first; the second try of the server, or a probe, finds it answering.
  await upstream.tell('drop');
  const socket = createSocket('udp4');
  try {
    const wire = nameToWire(name);
    const header = Uint8Array.of(0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0);
    // Connected, or the forged replies would come to this socket too.
    await new Promise<void>((resolve) => socket.connect(world.port, '127.0.0.1', resolve));
    socket.send([header, wire, Uint8Array.of(0, 1, 0, 1)]);
    const answer = once(socket, 'message', { signal: AbortSignal.timeout(PATIENCE) }) as Promise<[Buffer]>;
    const address = answer.then(
      ([reply]) => (reply.readUInt16BE(6) === 0 ? `rcode ${reply[3]! & 15}` : reply.subarray(-4).join('.')),
      () => 'silence',
    );
    await pause(UNDER_WAY);
    await upstream.tell(`forge ${count}`);
    await upstream.tell('answer');
    return await address;
  } finally {
    socket.close();
  }
}
