import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { setTimeout as pause } from 'node:timers/promises';
import { HeaderFlag, Rcode, RecordType } from '../src/wire/codes.ts';
import { readMessage } from '../src/wire/message.ts';
import { writeQuery } from '../src/wire/write-query.ts';

/** What a server said about a name. */
export interface AddressAnswer {
  readonly rcode: number;
  /** IPv4, sorted as text. */
  readonly addresses: readonly string[];
}

/** Milliseconds until an answer counts as lost, and until a question is asked again where nobody listens yet. */
const PATIENCE = 2000;
const REST = 5;

/** Asks 127.0.0.1 for A records, one question after the other. */
export class Questions {
  readonly #socket: Socket;
  #id = 0;
  #answered: ((packet: Buffer | undefined) => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => this.#answered?.(undefined));
    socket.on('message', (packet) => {
      if (packet.readUInt16BE(0) === this.#id) this.#answered?.(packet);
    });
  }

  static async open(port: number): Promise<Questions> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.connect(port, '127.0.0.1', resolve));
    return new Questions(socket);
  }

  /** The answer; undefined where nobody listens, or it is lost. */
  async ask(name: string): Promise<AddressAnswer | undefined> {
    this.#id = (this.#id + 1) & 0xffff;
    const question = { name: `${name}.`, type: RecordType.A, class: 1 };
    const query = writeQuery({ id: this.#id, flags: HeaderFlag.RD, question, edns: undefined });
    const packet = await new Promise<Buffer | undefined>((resolve) => {
      const timer = setTimeout(resolve, PATIENCE, undefined);
      this.#answered = (reply) => {
        clearTimeout(timer);
        resolve(reply);
      };
      this.#socket.send(query);
    });
    if (packet === undefined) return undefined;
    const { answer } = readMessage(packet);
    const addresses = answer.filter(({ type }) => type === RecordType.A).map(({ data }) => data.join('.'));
    return { rcode: packet[3]! & 15, addresses: addresses.sort() };
  }

  /** The answer, asked for again where it is lost. @throws {Error} where there is none in ten attempts */
  async askAgain(name: string): Promise<AddressAnswer> {
    for (let attempt = 0; attempt < 10; attempt++) {
      const answer = await this.ask(name);
      if (answer !== undefined) return answer;
    }
    throw new Error(`${name}: no answer`);
  }

  /**
   * Asks without a pause until an answer is right.
   * @returns when it arrived, by performance.now()
   * @throws {Error} where that takes longer than `limit` milliseconds
   */
  async until(name: string, isRight: (answer: AddressAnswer) => boolean, limit = 300_000): Promise<number> {
    const began = performance.now();
    for (;;) {
      const answer = await this.ask(name);
      const now = performance.now();
      if (answer !== undefined && isRight(answer)) return now;
      if (answer === undefined) await pause(REST);
      if (now - began > limit) throw new Error(`${name}: ${JSON.stringify(answer)} after ${limit} ms`);
    }
  }

  close(): void {
    this.#socket.close();
  }
}

/** The name is there and has this address. */
export function hasAddress(address: string): (answer: AddressAnswer) => boolean {
  return ({ rcode, addresses }) => rcode === Rcode.NoError && addresses.includes(address);
}
