import { seededRandom } from '../../src/plugin/random.ts';
import { askByTcp, askByUdp } from './asker.ts';
import type { Asker } from './asker.ts';
import { corpus } from './corpus.ts';
import { faultOf, verdict } from './judge.ts';
import { mutated } from './mutations.ts';

/** Packets under way at a time. */
const WINDOW = 64;
/** Milliseconds until a packet counts as lost, and how often it is sent again. */
const PATIENCE = 1000;
const ATTEMPTS = 20;

export interface AttackOptions {
  readonly port: number;
  readonly packets: number;
  readonly seed: number;
  /** Of so many packets one goes by TCP. */
  readonly tcpEvery: number;
  /** Called after each batch with the number of packets sent so far. */
  progress?(sent: number): void;
}

/** What became of the packets. */
export interface AttackResult {
  readonly silence: number;
  readonly 'format-error': number;
  readonly 'not-implemented': number;
  readonly answer: number;
  /** Packets that had to be sent again: UDP may lose some. */
  readonly resent: number;
}

/**
 * Sends mutated packets to a server on 127.0.0.1, and checks every reply.
 * @throws Error with the packet in hexadecimal at the first reply that is wrong, or is missing
 */
export async function attack(options: AttackOptions): Promise<AttackResult> {
  const random = seededRandom(options.seed);
  const queries = corpus();
  const result = { silence: 0, 'format-error': 0, 'not-implemented': 0, answer: 0, resent: 0 };
  const battle = new Battle();
  const udp = await askByUdp(options.port, (reply) => battle.receive(reply, 'udp'));
  let tcp = await askByTcp(options.port, (reply) => battle.receive(reply, 'tcp'));
  try {
    let id = 0;
    for (let sent = 0, batch = 0; sent < options.packets; batch++) {
      const byTcp = batch % options.tcpEvery === 0;
      if (byTcp && batch % (options.tcpEvery * 50) === 0) {
        tcp.close();
        tcp = await askByTcp(options.port, (reply) => battle.receive(reply, 'tcp'));
      }
      const count = Math.min(WINDOW, options.packets - sent);
      const packets = Array.from({ length: count }, () => {
        const packet = mutated(queries, random);
        id = (id + 1) & 0xffff;
        if (packet.length > 1) packet.writeUInt16BE(id, 0);
        result[verdict(packet)]++;
        return packet;
      });
      result.resent += await battle.fight(packets, byTcp ? tcp : udp);
      sent += count;
      options.progress?.(sent);
    }
  } finally {
    udp.close();
    tcp.close();
  }
  return result;
}

/** One batch of packets and the replies that are still to come. */
class Battle {
  #packets = new Map<number, Buffer>();
  #missing = new Set<number>();
  #fault: Error | undefined;
  #wake: (() => void) | undefined;

  /** @returns how many packets had to be sent again */
  async fight(packets: readonly Buffer[], asker: Asker): Promise<number> {
    const numbered = packets.filter((packet) => packet.length > 1);
    this.#packets = new Map(numbered.map((packet) => [packet.readUInt16BE(0), packet]));
    this.#missing = new Set();
    for (const [id, packet] of this.#packets) if (verdict(packet) !== 'silence') this.#missing.add(id);
    for (const packet of packets) asker.send(packet);
    let resent = 0;
    for (let attempt = 1; !(await this.#answered()); attempt++) {
      for (const id of this.#missing) {
        const packet = this.#packets.get(id)!;
        if (attempt === ATTEMPTS) throw blamed('no reply', packet, asker.protocol);
        resent++;
        asker.send(packet);
      }
    }
    if (this.#fault !== undefined) throw this.#fault;
    return resent;
  }

  receive(reply: Buffer, protocol: 'udp' | 'tcp'): void {
    const packet = reply.length > 1 ? this.#packets.get(reply.readUInt16BE(0)) : undefined;
    // The reply to a packet of the batch before, that had been sent twice.
    if (packet === undefined) return;
    const fault = faultOf(packet, reply, protocol);
    if (fault !== undefined) this.#fault ??= blamed(fault, packet, protocol);
    this.#missing.delete(packet.readUInt16BE(0));
    if (this.#missing.size === 0 || this.#fault !== undefined) this.#wake?.();
  }

  /** Resolves once all replies are there, or patience is over. */
  async #answered(): Promise<boolean> {
    if (this.#missing.size > 0 && this.#fault === undefined) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      const timer = setTimeout(resolve, PATIENCE);
      await promise;
      clearTimeout(timer);
    }
    return this.#missing.size === 0 || this.#fault !== undefined;
  }
}

function blamed(fault: string, packet: Buffer, protocol: string): Error {
  return new Error(`${fault}, by ${protocol}, to the packet ${packet.toString('hex')}`);
}
