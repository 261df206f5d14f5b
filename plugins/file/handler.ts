import { isSubdomain } from '../../src/corefile/zone.ts';
import type { Handler, Next } from '../../src/plugin/plugin.ts';
import type { Query } from '../../src/server/query.ts';
import { Reply } from '../../src/server/reply.ts';
import type { VersionCells } from '../../src/truth/version-cells.ts';
import { Opcode, Rcode, RecordType } from '../../src/wire/codes.ts';
import { ExtendedErrorCode } from '../../src/wire/extended-error.ts';
import { zoneAnswer } from '../../src/zonefile/answer.ts';
import type { FollowedZone } from '../../src/zonefile/followed-zone.ts';
import type { ZoneTable } from '../../src/zonefile/zone-table.ts';
import { FindingKind } from '../../src/zonefile/zone.ts';

/** Aliases from zone to zone; beyond them they go in a circle (CoreDNS's figure). */
const MAXIMUM_DEPTH = 9;
const SOURCE = 'file';
const noTransfer = Reply.failure(Rcode.Refused, SOURCE).with({
  extendedError: { code: ExtendedErrorCode.Prohibited, text: 'no zone transfers' },
});

/** Answers from zones. Owner names come out in lower case, as CoreDNS's do. */
export class FileHandler implements Handler {
  readonly repeats = 'pure';
  readonly #zones: ZoneTable<FollowedZone>;
  readonly #cells: VersionCells;
  readonly #fallthrough: readonly string[] | undefined;

  /** @param fallthrough zones whose unknown names go to the next plugin; undefined: none */
  constructor(
    zones: ZoneTable<FollowedZone>,
    cells: VersionCells,
    fallthrough: readonly string[] | undefined,
  ) {
    this.#zones = zones;
    this.#cells = cells;
    this.#fallthrough = fallthrough;
  }

  handle(query: Query, next: Next): Reply | Promise<Reply> {
    const { name, type } = query;
    const followed = this.#zones.find(name);
    if (followed === undefined) return next(query);
    // A zone of a file has no primary that could tell of a change.
    if (((query.flags >> 11) & 15) === Opcode.Notify) return Reply.silence;
    if (type === RecordType.AXFR || type === RecordType.IXFR) return noTransfer;
    query.dependencies.read(this.#cells, followed.cell);
    const { zone } = followed;
    if (zone === undefined) return notLoaded(followed.origin);
    if (query.depth >= MAXIMUM_DEPTH) return failure(`aliases of ${name} go in a circle`);
    const finding = zone.find(name, type);
    const { kind } = finding;
    if (
      (kind === FindingKind.NameError || kind === FindingKind.EmptyNonTerminal) &&
      this.#fallsThrough(name)
    ) {
      return next(query);
    }
    return zoneAnswer(zone, query, finding, SOURCE);
  }

  #fallsThrough(name: string): boolean {
    if (this.#fallthrough === undefined) return false;
    for (const zone of this.#fallthrough) if (isSubdomain(zone, name)) return true;
    return false;
  }
}

function notLoaded(origin: string): Reply {
  const text = `zone ${origin} is not loaded`;
  return failure(text).with({ extendedError: { code: ExtendedErrorCode.NotReady, text } });
}

function failure(reason: string): Reply {
  return Reply.failure(Rcode.ServerFailure, SOURCE, new Error(`plugin/file: ${reason}`));
}
