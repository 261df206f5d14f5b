import type { Clock } from '../plugin/clock.ts';
import type { Random } from '../plugin/random.ts';
import { HeaderFlag, Rcode, rcodeName, RecordClass } from '../wire/codes.ts';
import type { Message, Question } from '../wire/message.ts';
import { addressesIn, addressType } from './host-lookup.ts';
import type { AddressFamily, FoundAddresses, HostLookup } from './host-lookup.ts';
import { isFor, Upstream } from './upstream.ts';

/** Milliseconds that one server may take. */
const PATIENCE = 2000;
/** Milliseconds for which a connection is kept: questions are few. */
const EXPIRE = 1000;

/** What asking needs of the world. */
export interface NameServersSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  /** Local address to ask from; the system chooses when it is undefined. */
  readonly sourceAddress: string | undefined;
}

/** Recursive servers that are asked for addresses by UDP, and by TCP where the reply is cut off. */
export class NameServers implements HostLookup {
  readonly #upstreams: readonly Upstream[];
  /** The one that answered last is asked first. */
  #first = 0;

  constructor(
    servers: readonly { readonly address: string; readonly port: number }[],
    surroundings: NameServersSurroundings,
  ) {
    const limits = { expire: EXPIRE, maximumAge: 0, maximumIdle: 0 };
    this.#upstreams = servers.map((server) => new Upstream({ ...server, ...limits, ...surroundings }));
  }

  /** Asks one server after the other until one knows, also that there is no address. */
  async lookUp(host: string, family: AddressFamily): Promise<FoundAddresses> {
    const name = `${host}.`;
    const question = { name, type: addressType[family], class: RecordClass.IN };
    const count = this.#upstreams.length;
    const first = this.#first;
    let failure: unknown = new Error('there is no name server to ask');
    for (let turn = 0; turn < count; turn++) {
      const place = (first + turn) % count;
      try {
        const message = await ask(this.#upstreams[place]!, question);
        this.#first = place;
        return addressesIn(message, name, family);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  /** Questions in flight are answered yet. */
  close(): void {
    for (const upstream of this.#upstreams) upstream.close();
  }
}

/** @throws Error (as a rejection) when the reply says neither yes nor no */
async function ask(upstream: Upstream, question: Question): Promise<Message> {
  const query = { flags: HeaderFlag.RD, question, edns: undefined };
  let message = await upstream.ask(query, 'udp', PATIENCE);
  if ((message.flags & HeaderFlag.TC) !== 0) message = await upstream.ask(query, 'tcp', PATIENCE);
  if (!isFor(message, question)) throw new Error(`${upstream.name} answered another question`);
  if (message.rcode === Rcode.NoError || message.rcode === Rcode.NameError) return message;
  throw new Error(`${upstream.name} answered ${rcodeName(message.rcode)}`);
}
