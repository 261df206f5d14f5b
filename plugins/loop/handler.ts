import type { Handler, Next } from '../../src/plugin/plugin.ts';
import type { Query } from '../../src/server/query.ts';
import { Reply } from '../../src/server/reply.ts';
import type { VersionCell, VersionCells } from '../../src/truth/version-cells.ts';
import { Rcode, RecordType } from '../../src/wire/codes.ts';
import { ExtendedErrorCode, withExtendedError } from '../../src/wire/extended-error.ts';
import type { LoopDetector } from './detector.ts';

const failure = Reply.failure(
  Rcode.ServerFailure,
  'loop',
  new Error('not forwarded: it would come back, in a loop'),
);

/** Looks out for probes. While there is a loop, nothing gets past. */
export class LoopHandler implements Handler {
  readonly repeats = 'pure';
  readonly #detector: LoopDetector;
  readonly #cells: VersionCells;
  /** Changes when a loop begins or ends. */
  readonly #cell: VersionCell;

  constructor(detector: LoopDetector, cells: VersionCells, cell: VersionCell) {
    this.#detector = detector;
    this.#cells = cells;
    this.#cell = cell;
  }

  handle(query: Query, next: Next): Reply | Promise<Reply> {
    const detector = this.#detector;
    if (query.type === RecordType.HINFO && query.name === detector.name) {
      return detector.arrived(query.client) ? failed(query) : next(query);
    }
    if (!detector.active) return next(query);
    // Only a refusal ends with the loop: what an upstream once said stays true while there is one.
    query.dependencies.read(this.#cells, this.#cell);
    return failed(query);
  }
}

function failed({ edns }: Query): Reply {
  if (edns === undefined) return failure;
  const code = ExtendedErrorCode.NoReachableAuthority;
  return failure.with({ edns: withExtendedError(edns, code, 'forwarding loop: see the server’s log') });
}
