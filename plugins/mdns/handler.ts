import { isSubdomain } from '../../src/corefile/zone.ts';
import type { LinkEngine } from '../../src/mdns/link-engine.ts';
import type { Handler, Next } from '../../src/plugin/plugin.ts';
import type { Query } from '../../src/server/query.ts';
import { Reply } from '../../src/server/reply.ts';
import { Rcode, RecordClass, RecordType } from '../../src/wire/codes.ts';
import { LinkAnswers } from './link-answers.ts';
import type { AnswerParts } from './link-answers.ts';
import { LinkZone } from './link-zone.ts';
import { LOCAL } from './parse.ts';
import type { LinkOptions } from './parse.ts';
import { isLinkLocalReverse, reverseName } from './reverse-names.ts';
import { browsing, isWithheld, ownNames } from './zone-records.ts';

/**
 * Milliseconds to wait for a name under `local.`, and for one of an address: most who ask have others to ask too. A
 * question is out after 130 at most, and answered 120 later; who asks has to know within half a second.
 */
const SHORT_PATIENCE = 400;

/** A zone that shows a link. */
interface ServedZone {
  readonly zone: string;
  readonly names: LinkZone;
  readonly answers: LinkAnswers;
  readonly patience: number;
  readonly engine: LinkEngine;
}

/** Answers with what is on links (RFC 8766). What is under `local.` never goes on to other servers. */
export class MdnsHandler implements Handler {
  // What passes through is as it was; its own answers vouch for no repeat.
  readonly repeats = 'pure';
  readonly #zones: ServedZone[] = [];
  /** One for each link: reverse names are shown with names of its first zone. */
  readonly #reverse: ServedZone[] = [];

  constructor(links: readonly { readonly options: LinkOptions; readonly parts: AnswerParts }[]) {
    for (const { options, parts } of links) {
      const { engine } = parts;
      for (const [index, zone] of options.zones.entries()) {
        const names = new LinkZone(zone, options.nameServers);
        this.#zones.push({
          zone,
          names,
          answers: new LinkAnswers(parts, names, true),
          patience: options.timeout,
          engine,
        });
        if (index > 0) continue;
        this.#reverse.push({
          zone,
          names,
          answers: new LinkAnswers(parts, names, false),
          patience: SHORT_PATIENCE,
          engine,
        });
      }
      if (!options.local) continue;
      const names = new LinkZone(LOCAL);
      const answers = new LinkAnswers(parts, names, false);
      this.#zones.push({ zone: LOCAL, names, answers, patience: SHORT_PATIENCE, engine });
    }
  }

  handle(query: Query, next: Next): Reply | Promise<Reply> {
    const served = this.#zoneOf(query.name);
    if (served !== undefined) return fromZone(query, served);
    if (isSubdomain(LOCAL, query.name)) return nameError;
    return this.#fromReverse(query) ?? (isLinkLocalReverse(query.name) ? nameError : next(query));
  }

  /** The longest zone that a name is in. */
  #zoneOf(name: string): ServedZone | undefined {
    let longest: ServedZone | undefined;
    for (const served of this.#zones) {
      if (isSubdomain(served.zone, name) && served.zone.length > (longest?.zone.length ?? 0))
        longest = served;
    }
    return longest;
  }

  #fromReverse(query: Query): Reply | Promise<Reply> | undefined {
    if (!query.name.endsWith('.arpa.')) return undefined;
    for (const { zone, answers, engine, patience } of this.#reverse) {
      const kind = reverseName(query.name, engine.link.addresses);
      if (kind === 'browsing') return query.type === RecordType.PTR ? browsing(query, zone) : answers.none;
      if (kind === 'registering') return answers.none;
      if (kind === 'address') return answers.answer(query, query.originalName, patience);
    }
    return undefined;
  }
}

/** A link has no transfers (RFC 8766, section 6.1), and records of the class IN alone. */
const refused = new Reply({ rcode: Rcode.Refused, source: 'mdns' });

/** Not there, and nobody else is to be asked: names of links are no other server's (RFC 6762, section 22.1). */
const nameError = new Reply({ rcode: Rcode.NameError, authoritative: true, source: 'mdns' });

function fromZone(
  query: Query,
  { zone, names, answers, patience, engine }: ServedZone,
): Reply | Promise<Reply> {
  if (query.type === RecordType.AXFR || query.type === RecordType.IXFR) return refused;
  if (query.class !== RecordClass.IN && query.class !== RecordClass.ANY) return refused;
  // A SOA record of `local.` would have clients believe that it is theirs to ask for by unicast alone.
  if (zone === LOCAL) {
    if (query.name === LOCAL) return nameError;
    if (isWithheld(query, LOCAL)) return answers.none;
  } else {
    const own = ownNames(query, names, engine.link.addresses);
    if (own !== undefined) return own;
  }
  const linkName = names.toLink(query.originalName);
  return linkName === undefined ? answers.none : answers.answer(query, linkName, patience);
}
