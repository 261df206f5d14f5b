import { isSubdomain } from '../../src/corefile/zone.ts';
import type { Handler, Next } from '../../src/plugin/plugin.ts';
import type { Query } from '../../src/server/query.ts';
import { UNCHANGING } from '../../src/server/repeat.ts';
import { Reply } from '../../src/server/reply.ts';
import { addressFromReverseName } from '../../src/wire/address.ts';
import { Rcode, RecordClass, RecordType } from '../../src/wire/codes.ts';
import { ExtendedErrorCode } from '../../src/wire/extended-error.ts';
import type { ExtendedError } from '../../src/wire/extended-error.ts';
import { txtData } from '../../src/wire/rdata.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';
import { addressRecords, addressSize, distinct } from './address-records.ts';
import { isFromSnapshot, readState, stateOf } from './backend.ts';
import type { Backend } from './backend.ts';
import { cnameRecord, externalTarget, followExternalName } from './external-name.ts';
import type { Chase, Chased } from './external-name.ts';
import { find, Outcome } from './finding.ts';
import { nameServerRecords, nameServers } from './name-servers.ts';
import { pointerRecords } from './reverse.ts';
import { ServedZone } from './served-zone.ts';
import { serviceRecords } from './service-records.ts';
import { shortLived } from './short-lived.ts';

/** Version of the Kubernetes DNS specification that is served. */
const SCHEMA_VERSION = txtData('1.1.0');
const SCHEMA_VERSION_TTL = 28_800;

const NO_RECORDS: readonly ResourceRecord[] = [];

const noTransfer = Reply.failure(Rcode.Refused, 'kubernetes').with({
  extendedError: { code: ExtendedErrorCode.Prohibited, text: 'no zone transfers' },
});
const notReady: ExtendedError = {
  code: ExtendedErrorCode.NotReady,
  text: 'not all objects of the cluster are known yet',
};
const SILENT = 'the Kubernetes API server is silent';
const staleAnswer: ExtendedError = { code: ExtendedErrorCode.StaleAnswer, text: SILENT };
const staleNameError: ExtendedError = { code: ExtendedErrorCode.StaleNxdomainAnswer, text: SILENT };

/** A query, and the zone that it falls into. */
interface Asked {
  readonly query: Query;
  readonly zone: ServedZone;
  /** The zone in the query's letter case. */
  readonly zoneText: string;
  /** What answers in the zone are made from. */
  readonly backend: Backend;
}

/** No such name: NXDOMAIN, unless the query falls through or not everything is synced. */
const NAME_ERROR = Symbol('name error');

/** A whole reply, or that there is no such name. */
type Answer = Reply | typeof NAME_ERROR;

/** Answers for the names of the Kubernetes DNS specification, from a cluster's objects. */
export class KubernetesHandler implements Handler {
  readonly repeats = 'pure';
  readonly #backend: Backend;
  /** For multicluster zones. */
  readonly #clusterSet: Backend;
  /** The longest name first. */
  readonly #zones: readonly ServedZone[];

  /** @param clusterSet for multicluster zones; not needed where there are none */
  constructor(backend: Backend, clusterSet = backend) {
    const { zones, multicluster, zonal, ttl } = backend.options;
    this.#backend = backend;
    this.#clusterSet = clusterSet;
    this.#zones = zones
      .map((zone) => {
        const isMulticluster = multicluster.some((parent) => isSubdomain(parent, zone));
        return new ServedZone(zone, { multicluster: isMulticluster, zonal }, ttl);
      })
      .sort((left, right) => right.name.length - left.name.length);
  }

  handle(query: Query, next: Next): Reply | Promise<Reply> {
    const zone = this.#zoneOf(query.name);
    if (zone === undefined) return next(query);
    const zoneText = zone.textIn(query.name, query.originalName);
    const backend = zone.forms.multicluster ? this.#clusterSet : this.#backend;
    const asked: Asked = { query, zone, zoneText, backend };
    const answer = this.#answer(asked);
    if (answer instanceof Promise) return answer.then((late) => this.#orElse(asked, late, next));
    return this.#orElse(asked, answer, next);
  }

  #zoneOf(name: string): ServedZone | undefined {
    for (let index = 0; index < this.#zones.length; index++) {
      const zone = this.#zones[index]!;
      if (isSubdomain(zone.name, name)) return zone;
    }
    return undefined;
  }

  #answer(asked: Asked): Answer | Promise<Answer> {
    const { query, zone, zoneText } = asked;
    switch (query.type) {
      case RecordType.A:
      case RecordType.AAAA:
        return this.#addresses(asked);
      case RecordType.SRV:
        return this.#services(asked);
      case RecordType.PTR:
        return this.#pointers(asked);
      case RecordType.TXT:
        return this.#text(asked);
      case RecordType.CNAME:
        return this.#canonicalName(asked);
      case RecordType.SOA:
        // No NXDOMAIN here, whatever the name: so does CoreDNS.
        return query.name === zone.name ? this.#startOfAuthority(asked) : this.#noData(asked);
      case RecordType.AXFR:
      case RecordType.IXFR:
        return noTransfer;
      case RecordType.NS:
        // Not in mixed letter case: so does CoreDNS.
        if (query.name === zone.name && zoneText === zone.name) return this.#nameServers(asked);
        return this.#existence(asked);
      default:
        return this.#existence(asked);
    }
  }

  #orElse(asked: Asked, answer: Answer, next: Next): Reply | Promise<Reply> {
    if (answer !== NAME_ERROR) return this.#withAge(asked, answer);
    const { query, backend } = asked;
    const { options } = backend;
    if (options.fallthrough?.some((zone) => isSubdomain(zone, query.name)) === true) return next(query);
    if (stateOf(backend) !== 'syncing') return this.#withAge(asked, this.#negative(asked, Rcode.NameError));
    // The name may be among what has not been seen yet.
    readState(backend, query.dependencies);
    const failure = this.#negative(asked, Rcode.ServerFailure);
    return failure.with({ extendedError: notReady, repeat: failure.repeat });
  }

  /**
   * Says when changes have not been seen for a while (RFC 8914, sections 4.4 and 4.20), whoever asks: others may be
   * given the same from a cache. What came from a snapshot is not kept for long.
   */
  #withAge({ query, backend }: Asked, kept: Reply): Reply {
    readState(backend, query.dependencies);
    const reply = isFromSnapshot(backend) ? shortLived(kept) : kept;
    const state = stateOf(backend);
    if (state === 'fresh' || state === 'syncing' || reply.extendedError !== undefined) return reply;
    const extendedError = reply.rcode === Rcode.NameError ? staleNameError : staleAnswer;
    return reply.with({ extendedError, repeat: reply.repeat });
  }

  #addresses(asked: Asked): Answer | Promise<Answer> {
    const { query } = asked;
    const found = this.#resolve(asked, query.name, query.originalName, []);
    if (found === NAME_ERROR) return NAME_ERROR;
    if (found instanceof Promise) return found.then((late) => this.#chased(asked, late));
    return this.#chased(asked, found);
  }

  #chased(asked: Asked, found: Chased | typeof NAME_ERROR): Answer {
    if (found === NAME_ERROR) return NAME_ERROR;
    const { records, truncated } = found;
    if (records.length === 0) return this.#noData(asked);
    return new Reply({
      authoritative: true,
      truncated,
      answer: records,
      source: 'kubernetes',
      repeat: UNCHANGING,
    });
  }

  /**
   * The addresses of a name in the zone, through CNAMEs where it takes some.
   * @param owner the name in the letter case that the records are to have
   * @param seen targets of the CNAMEs that led here
   */
  #resolve(
    asked: Asked,
    name: string,
    owner: string,
    seen: readonly string[],
  ): Chased | typeof NAME_ERROR | Promise<Chased> {
    const { query, zone, backend } = asked;
    if (isNameServerName(asked, name)) {
      const { ttl } = backend.options;
      const servers = nameServers(backend, asked.zoneText, query.dependencies);
      const addresses = servers.map((server) => server.address);
      return { records: distinct(addresses, addressSize(query.type), owner, ttl), truncated: false };
    }
    const finding = find(backend, name, zone, query.dependencies);
    if (finding.outcome === Outcome.NameError) return NAME_ERROR;
    if (finding.outcome !== Outcome.External) {
      return { records: addressRecords(backend, finding, owner, query.type), truncated: false };
    }
    return followExternalName(this.#chase(asked), finding.service!, owner, seen);
  }

  #chase(asked: Asked): Chase {
    return {
      query: asked.query,
      zone: asked.zone.name,
      ttl: asked.backend.options.ttl,
      resolve: (target, seen) => {
        const found = this.#resolve(asked, target.toLowerCase(), target, seen);
        return found === NAME_ERROR ? { records: NO_RECORDS, truncated: false } : found;
      },
    };
  }

  #services(asked: Asked): Answer {
    const { query, zone, zoneText } = asked;
    if (isNameServerName(asked, query.name)) return this.#noData(asked);
    const finding = find(asked.backend, query.name, zone, query.dependencies);
    if (finding.outcome === Outcome.NameError) return NAME_ERROR;
    const { answer, additional } = serviceRecords(asked.backend, finding, query.originalName, zoneText);
    return this.#reply(asked, answer, additional);
  }

  #pointers(asked: Asked): Answer {
    const { query, zone } = asked;
    const address = query.name.endsWith('.arpa.') ? addressFromReverseName(query.name) : undefined;
    if (address === undefined) {
      const { outcome } = find(asked.backend, query.name, zone, query.dependencies);
      return outcome === Outcome.NameError ? NAME_ERROR : this.#noData(asked);
    }
    const records = pointerRecords(asked.backend, address, query.originalName, query.dependencies);
    return records.length === 0 ? NAME_ERROR : this.#reply(asked, records);
  }

  #text(asked: Asked): Answer {
    const { query, zone } = asked;
    if (query.name === zone.schemaVersionName) {
      const record = {
        name: query.originalName,
        type: RecordType.TXT,
        class: RecordClass.IN,
        ttl: SCHEMA_VERSION_TTL,
        data: SCHEMA_VERSION,
      };
      return this.#reply(asked, [record]);
    }
    const { outcome } = find(asked.backend, query.name, zone, query.dependencies);
    // Names that other types have as empty do not exist for TXT: so does CoreDNS.
    return outcome === Outcome.NameError || outcome === Outcome.Empty ? NAME_ERROR : this.#noData(asked);
  }

  #canonicalName(asked: Asked): Answer {
    const { query, zone } = asked;
    if (isNameServerName(asked, query.name)) return this.#noData(asked);
    const finding = find(asked.backend, query.name, zone, query.dependencies);
    if (finding.outcome === Outcome.NameError) return NAME_ERROR;
    if (finding.outcome !== Outcome.External) return this.#noData(asked);
    const target = externalTarget(finding.service!);
    return this.#reply(asked, [cnameRecord(query.originalName, target, asked.backend.options.ttl)]);
  }

  #startOfAuthority(asked: Asked): Reply {
    const { services, cells } = asked.backend;
    asked.query.dependencies.read(cells, services.lastChangeCell);
    const authority = asked.zone.authority(asked.zoneText, services.lastChange);
    return this.#reply(asked, authority.soa);
  }

  #nameServers(asked: Asked): Reply {
    const { query, zoneText } = asked;
    const servers = nameServers(asked.backend, zoneText, query.dependencies);
    const { ttl } = asked.backend.options;
    const { answer, additional } = nameServerRecords(servers, query.originalName, ttl);
    return this.#reply(asked, answer, additional);
  }

  /** For types that the cluster has no records of: only whether the name is there. */
  #existence(asked: Asked): Answer {
    const { query, zone } = asked;
    if (isNameServerName(asked, query.name)) return this.#noData(asked);
    const { outcome } = find(asked.backend, query.name, zone, query.dependencies);
    return outcome === Outcome.NameError ? NAME_ERROR : this.#noData(asked);
  }

  #reply(asked: Asked, answer: readonly ResourceRecord[], additional = NO_RECORDS): Reply {
    if (answer.length === 0) return this.#noData(asked);
    return new Reply({ authoritative: true, answer, additional, source: 'kubernetes', repeat: UNCHANGING });
  }

  #noData(asked: Asked): Reply {
    return this.#negative(asked, Rcode.NoError);
  }

  /** Does not count as reading the serial: it changes with everything, and means nothing here. */
  #negative(asked: Asked, rcode: number): Reply {
    const { lastChange, serialCell } = asked.backend.services;
    return asked.zone.authority(asked.zoneText, lastChange).negative(rcode, serialCell);
  }
}

/** `ns.dns` below the zone. Not in mixed letter case: so does CoreDNS. */
function isNameServerName({ zone, zoneText }: Asked, name: string): boolean {
  return name === zone.nameServerName && zoneText === zone.name;
}
