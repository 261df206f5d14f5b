import { decode, encode, RECURSION_DESIRED } from 'dns-packet';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { answerOf } from '../integration/answer.ts';

/** A question, and what every answer to it must be: addresses, or the response code. */
export interface KnownAnswer {
  readonly name: string;
  readonly expected: string;
}

/** What came of it. */
export interface AskerReport {
  readonly asked: number;
  readonly lost: number;
  /** What was wrong, `NAME: FOUND`, and how often. */
  readonly wrong: ReadonlyMap<string, number>;
}

/** Enough that little escapes, little enough for two busy processors. */
export const QUESTIONS_A_SECOND = 500;

const TICK = 5;
/** Milliseconds after the last question until what is unanswered counts as lost. */
const PATIENCE = 2000;

/** Asks the same questions so many times a second, whether answers come or not, and looks at every answer. */
export class SteadyAsker {
  readonly #socket: Socket;
  readonly #questions: readonly KnownAnswer[];
  readonly #packets: readonly Buffer[];
  /** The question that an id stands for, while it is not answered. */
  readonly #open = new Map<number, number>();
  readonly #wrong = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  #asked = 0;
  #ended = false;

  /** Its test ends it, where that fails before it stops it. */
  constructor(context: TestContext, port: number, questions: readonly KnownAnswer[], aSecond: number) {
    this.#questions = questions;
    this.#packets = questions.map(({ name }) =>
      encode({ type: 'query', flags: RECURSION_DESIRED, questions: [{ type: 'A', name }] }),
    );
    this.#socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
    this.#socket.on('message', (reply) => this.#look(reply));
    const began = performance.now();
    this.#timer = setInterval(() => {
      const due = ((performance.now() - began) / 1000) * aSecond;
      while (this.#asked < due) this.#ask(port);
    }, TICK);
    context.after(() => this.#end());
  }

  async stop(): Promise<AskerReport> {
    clearInterval(this.#timer);
    const giveUp = performance.now() + PATIENCE;
    while (this.#open.size > 0 && performance.now() < giveUp) await pause(10);
    this.#end();
    return { asked: this.#asked, lost: this.#open.size, wrong: this.#wrong };
  }

  #end(): void {
    clearInterval(this.#timer);
    if (!this.#ended) this.#socket.close();
    this.#ended = true;
  }

  #ask(port: number): void {
    const id = this.#asked & 0xffff;
    const index = this.#asked++ % this.#questions.length;
    this.#open.set(id, index);
    const packet = Buffer.from(this.#packets[index]!);
    packet.writeUInt16BE(id, 0);
    this.#socket.send(packet, port, '127.0.0.1');
  }

  #look(reply: Buffer): void {
    const id = reply.readUInt16BE(0);
    const index = this.#open.get(id);
    if (index === undefined) return this.#note('an answer to nothing');
    this.#open.delete(id);
    const { name, expected } = this.#questions[index]!;
    const query = { id, questions: [{ type: 'A', name }] } as const;
    const found = textOf(answerOf(reply, decode(reply), { ...query, questions: [...query.questions] }));
    if (found !== expected) this.#note(`${name}: ${found}`);
  }

  #note(fault: string): void {
    this.#wrong.set(fault, (this.#wrong.get(fault) ?? 0) + 1);
  }
}

/** The addresses of an answer, or its response code where there are none. */
export function textOf({ rcode, records }: { rcode: string; records: readonly string[] }): string {
  const addresses = records.flatMap((record) => /^answers .* A+ "(.*)"$/.exec(record)?.[1] ?? []);
  return addresses.length > 0 ? addresses.join(' ') : rcode;
}
