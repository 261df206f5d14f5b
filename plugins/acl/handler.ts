import type { Handler, Next } from '../../src/plugin/plugin.ts';
import type { Query } from '../../src/server/query.ts';
import { Reply } from '../../src/server/reply.ts';
import { addressBytes } from '../../src/wire/address.ts';
import { Rcode } from '../../src/wire/codes.ts';
import type { Edns } from '../../src/wire/edns.ts';
import { writeOptions } from '../../src/wire/edns.ts';
import { ExtendedErrorCode, extendedErrorOption } from '../../src/wire/extended-error.ts';
import type { AclMetrics } from './metrics.ts';
import { decide, longestZone } from './policy.ts';
import type { Rule } from './policy.ts';

const SOURCE = 'acl';
/** All the same for everybody, so made once. */
const blocked = new Reply({ rcode: Rcode.Refused, source: SOURCE, edns: edns(ExtendedErrorCode.Blocked) });
const filtered = new Reply({ source: SOURCE, edns: edns(ExtendedErrorCode.Filtered) });

/**
 * Lets a query pass or ends it. Declares no repeatability: the answer depends on the client, and no other may be
 * given it from the wire cache.
 */
export class AclHandler implements Handler {
  readonly #rules: readonly Rule[];
  readonly #metrics: AclMetrics;
  /** The client that asked last: one that asks a lot costs one parsing of its address. */
  #client = '';
  #address: Uint8Array | undefined;

  constructor(rules: readonly Rule[], metrics: AclMetrics) {
    this.#rules = rules;
    this.#metrics = metrics;
  }

  handle(query: Query, next: Next): Reply | Promise<Reply> {
    const { server } = query.arrival;
    for (let index = 0; index < this.#rules.length; index++) {
      const rule = this.#rules[index]!;
      const zone = longestZone(rule.zones, query.name);
      if (zone === undefined) continue;
      const address = this.#addressOf(query);
      // Who cannot be told apart gets nothing.
      const action = address === undefined ? 'block' : decide(rule.policies, query.type, address);
      if (action === undefined) continue;
      if (action === 'allow') break;
      this.#metrics.count(server, action, zone);
      if (action === 'drop') return Reply.silence;
      return action === 'block' ? blocked : filtered;
    }
    this.#metrics.count(server, 'allow', '');
    return next(query);
  }

  #addressOf({ client }: Query): Uint8Array | undefined {
    if (client.address !== this.#client) {
      this.#client = client.address;
      this.#address = addressBytes(client.address);
    }
    return this.#address;
  }
}

/** Goes also to clients that sent no OPT record, as CoreDNS's does. */
function edns(code: number): Edns {
  const options = writeOptions([extendedErrorOption({ code, text: '' })]);
  return { udpSize: 4096, version: 0, dnssecOk: true, options };
}
