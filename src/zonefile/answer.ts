import { isSubdomain } from '../corefile/zone.ts';
import type { Query } from '../server/query.ts';
import { UNCHANGING } from '../server/repeat.ts';
import { Reply } from '../server/reply.ts';
import { isSilent } from '../server/response-type.ts';
import { Rcode, RecordType } from '../wire/codes.ts';
import { nameInData } from '../wire/rdata.ts';
import type { ResourceRecord } from '../wire/record.ts';
import { addDenial, addWildcardProof } from './denial.ts';
import { redirectedName, synthesisedAlias } from './redirection.ts';
import type { RecordSet } from './zone-node.ts';
import { FindingKind } from './zone.ts';
import type { Finding, Zone } from './zone.ts';

/** Aliases of one zone that are followed behind the first. */
const MAXIMUM_HOPS = 9;

/**
 * The authoritative answer of a zone (RFC 1034, section 4.3.2), from where `zone.find` led. Aliases that lead
 * out of the zone, or to where it has nothing, are asked of the whole server. It is its own repeat: the caller has
 * noted the cell that changes with the zone.
 * @param source the plugin that answers
 */
export function zoneAnswer(
  zone: Zone,
  query: Query,
  finding: Finding,
  source: string,
): Reply | Promise<Reply> {
  return new ZoneAnswer(zone, query, source).begin(finding);
}

/** One answer in the making. */
class ZoneAnswer {
  readonly #zone: Zone;
  readonly #query: Query;
  readonly #source: string;
  /** Whether signatures and proofs are wanted (RFC 3225). */
  readonly #dnssec: boolean;
  readonly #answer: ResourceRecord[] = [];
  readonly #authority: ResourceRecord[] = [];
  readonly #additional: ResourceRecord[] = [];

  constructor(zone: Zone, query: Query, source: string) {
    this.#zone = zone;
    this.#query = query;
    this.#source = source;
    this.#dnssec = query.edns?.dnssecOk === true;
  }

  begin(finding: Finding): Reply | Promise<Reply> {
    const { node } = finding;
    switch (finding.kind) {
      case FindingKind.Exact:
      case FindingKind.Wildcard:
        return this.#atName(finding);
      case FindingKind.EmptyNonTerminal:
        return this.#negative(Rcode.NoError, finding);
      case FindingKind.NameError:
        return this.#negative(Rcode.NameError, finding);
      case FindingKind.Delegation:
        return this.#referral(node.set(RecordType.NS)!, node.set(RecordType.DS), node.set(RecordType.NSEC));
      case FindingKind.Redirection:
        return this.#redirection(node.set(RecordType.DNAME)!);
    }
  }

  #atName(finding: Finding): Reply | Promise<Reply> {
    const { node, kind } = finding;
    const { type, name } = this.#query;
    const owner = kind === FindingKind.Wildcard ? name : undefined;
    const set = node.set(type);
    if (set !== undefined) {
      this.#push(this.#answer, set, owner);
      if (kind === FindingKind.Wildcard && this.#dnssec) addWildcardProof(this.#authority, this.#zone, name);
      return this.#found(set);
    }
    const alias = node.set(RecordType.CNAME);
    if (alias === undefined) return this.#negative(Rcode.NoError, finding);
    this.#push(this.#answer, alias, owner);
    if (kind === FindingKind.Wildcard && this.#dnssec) addWildcardProof(this.#authority, this.#zone, name);
    return this.#follow(targetOf(alias));
  }

  /** RFC 6672, section 3.2. */
  #redirection(set: RecordSet): Reply | Promise<Reply> {
    const { name, type } = this.#query;
    const target = redirectedName(name, set.records[0]!);
    this.#push(this.#answer, set);
    if (target === undefined) return this.#reply(Rcode.YXDomain);
    if (target === name) {
      return Reply.failure(Rcode.ServerFailure, this.#source, new Error(`DNAME of ${name} leads to itself`));
    }
    this.#answer.push(synthesisedAlias(name, target, set.records[0]!.ttl));
    return type === RecordType.CNAME ? this.#success() : this.#follow(target);
  }

  /** Follows aliases to `target`, and further. */
  #follow(target: string): Reply | Promise<Reply> {
    const zone = this.#zone;
    const { type } = this.#query;
    for (let hops = 0; hops < MAXIMUM_HOPS; hops++) {
      // As CoreDNS: name servers of an alias are always asked of the whole server.
      if (type === RecordType.NS || !isSubdomain(zone.origin, target)) return this.#elsewhere(target);
      const { kind, node } = zone.find(target, type);
      if (kind === FindingKind.Delegation) {
        return this.#referral(node.set(RecordType.NS)!, node.set(RecordType.DS), node.set(RecordType.NSEC));
      }
      if (kind !== FindingKind.Exact) return this.#elsewhere(target);
      const set = node.set(type);
      if (set !== undefined) {
        this.#push(this.#answer, set);
        return this.#found(set);
      }
      const alias = node.set(RecordType.CNAME);
      // As CoreDNS: no SOA here, though the name has no such records.
      if (alias === undefined) return this.#success();
      this.#push(this.#answer, alias);
      target = targetOf(alias);
    }
    return this.#success();
  }

  /** Asks the whole server for what this zone does not have: another zone may, or another server. */
  #elsewhere(target: string): Reply | Promise<Reply> {
    const reply = this.#query.lookup(target, this.#query.type);
    return reply instanceof Promise ? reply.then((late) => this.#joined(late)) : this.#joined(reply);
  }

  #joined(reply: Reply): Reply {
    if (isSilent(reply)) return this.#success();
    this.#answer.push(...reply.answer);
    const { rcode, truncated } = reply;
    const isNegative = rcode === Rcode.NameError || (rcode === Rcode.NoError && reply.answer.length === 0);
    // The code of a failure is told, those of other refusals are not: the alias is true in any case.
    if (!isNegative) return this.#success(rcode === Rcode.ServerFailure ? rcode : Rcode.NoError, truncated);
    this.#push(this.#authority, this.#zone.soa);
    return this.#reply(rcode, truncated);
  }

  #found(set: RecordSet): Reply {
    const zone = this.#zone;
    for (const target of zone.targets(set)) this.#push(this.#additional, target);
    return set === zone.nameServers ? this.#reply(Rcode.NoError) : this.#success();
  }

  #success(rcode: number = Rcode.NoError, truncated = false): Reply {
    const { nameServers } = this.#zone;
    if (nameServers !== undefined) this.#push(this.#authority, nameServers);
    return this.#reply(rcode, truncated);
  }

  #negative(rcode: number, finding: Finding): Reply {
    this.#push(this.#authority, this.#zone.soa);
    if (this.#dnssec) addDenial(this.#authority, this.#zone, this.#query.name, finding);
    return this.#reply(rcode);
  }

  /** RFC 1034, section 4.3.2, step 3b. Behind an alias of this zone the answer stays authoritative. */
  #referral(cut: RecordSet, signer: RecordSet | undefined, nsec: RecordSet | undefined): Reply {
    this.#authority.push(...cut.records);
    // That there is no DS must be proved too (RFC 4035, section 3.1.4).
    const proof = signer ?? nsec;
    if (this.#dnssec && proof !== undefined) this.#push(this.#authority, proof);
    const owner = cut.records[0]!.name;
    for (const glue of this.#zone.targets(cut)) {
      if (isSubdomain(owner, glue.records[0]!.name)) this.#additional.push(...glue.records);
    }
    return this.#reply(Rcode.NoError, false, this.#answer.length > 0);
  }

  #push(section: ResourceRecord[], set: RecordSet, owner?: string): void {
    for (const record of set.records) section.push(owner === undefined ? record : { ...record, name: owner });
    if (!this.#dnssec) return;
    for (const record of set.signatures)
      section.push(owner === undefined ? record : { ...record, name: owner });
  }

  #reply(rcode: number, truncated = false, authoritative = true): Reply {
    return new Reply({
      rcode,
      authoritative,
      truncated,
      answer: this.#answer,
      authority: this.#authority,
      additional: this.#additional,
      source: this.#source,
      repeat: UNCHANGING,
    });
  }
}

function targetOf(alias: RecordSet): string {
  return nameInData(alias.records[0]!.data).toLowerCase();
}
