import type { AnyPlugin } from '../../src/plugin/plugin.ts';
import type { Query } from '../../src/server/query.ts';
import { Reply } from '../../src/server/reply.ts';
import { Rcode, RecordType } from '../../src/wire/codes.ts';
import { parseRecord } from '../../src/wire/presentation.ts';

/** How an upstream is: it knows the names, knows none of them, or fails. */
export type Mood = 'well' | 'gone' | 'failing';

/** The server behind `forward`, in the process: like the plugin it answers later, and vouches for nothing. */
export class Upstream {
  mood: Mood = 'well';
  /** Of all names; 0 to 3. */
  address = 0;
  /** How many queries wait for `release`. */
  waiting = 0;
  #gate: PromiseWithResolvers<void> | undefined;

  /** From now on nobody is answered. */
  hold(): void {
    this.#gate = Promise.withResolvers();
  }

  /** Answers those who wait, with what was so when they asked. */
  release(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  /** Stands in for `forward`. */
  get plugin(): AnyPlugin {
    return {
      name: 'forward',
      parse: () => undefined,
      setup: () => ({ repeats: 'pure', handle: (query) => this.#later(query) }),
    };
  }

  async #later(query: Query): Promise<Reply> {
    const reply = this.#answer(query);
    this.waiting++;
    await this.#gate?.promise;
    this.waiting--;
    return reply;
  }

  #answer({ name, type }: Query): Reply {
    const soa = [parseRecord('net. 17 IN SOA ns.net. mail.net. 1 2 3 4 17')];
    const flags = { recursionAvailable: true, source: 'forward' };
    if (name.endsWith('.arpa.')) return new Reply({ ...flags, rcode: Rcode.NameError, authority: soa });
    if (this.mood === 'failing') return Reply.failure(Rcode.ServerFailure, 'forward');
    if (this.mood === 'gone') return new Reply({ ...flags, rcode: Rcode.NameError, authority: soa });
    if (type !== RecordType.A) return new Reply({ ...flags, authority: soa });
    // Their TTLs differ, and with them how long a reply lives.
    const texts = [
      `${name} 40 IN A 203.0.113.${this.address}`,
      `${name} ${6 + this.address} IN A 203.0.113.200`,
    ];
    return new Reply({ ...flags, authenticData: true, answer: texts.map(parseRecord) });
  }
}
