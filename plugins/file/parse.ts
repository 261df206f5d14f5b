import {
  argumentError,
  duration,
  expectArguments,
  expectNoBlock,
  fallthroughZones,
  unknownProperty,
  zonesOrKeys,
} from '../../src/corefile/arguments.ts';
import { CorefileError, type Directive, type Position } from '../../src/corefile/corefile.ts';
import type { BlockInfo } from '../../src/plugin/plugin.ts';

/** All `file` lines of a server block. */
export interface Options {
  readonly zones: readonly ZoneOptions[];
  /** Zones whose unknown names go to the next plugin; undefined: none. One for all lines. */
  readonly fallthrough: readonly string[] | undefined;
}

/** One zone that is read from a file. */
export interface ZoneOptions {
  readonly position: Position;
  readonly origin: string;
  /** As written: relative to the block's root directory. */
  readonly file: string;
  /** Milliseconds between looks at the file; 0: it is read once. */
  readonly reload: number;
  /** A changed file counts, whatever its serial. */
  readonly byTime: boolean;
}

const DEFAULT_RELOAD = 60_000;
const PROPERTIES = ['reload', 'reload_by_mtime', 'fallthrough'];
const USAGE = 'file DBFILE [ZONES...]';

/** Reads every `file DBFILE [ZONES...] { … }` of a block; a zone that is named twice has the last file. */
export function parse(directives: readonly Directive[], block: BlockInfo): Options {
  const draft: Draft = { reload: DEFAULT_RELOAD, byTime: false, fallthrough: undefined };
  const zones = new Map<string, ZoneOptions>();
  for (const directive of directives) {
    const [file, ...names] = expectArguments(directive, 1, Infinity, USAGE);
    if (file === undefined || file === '') argumentError(directive, USAGE);
    for (const property of directive.block ?? []) readProperty(property, draft);
    const origins = zonesOrKeys(names, block.keys);
    if (origins.length === 0) {
      throw new CorefileError(directive, `none of '${names.join(' ')}' is a zone; expected ${USAGE}`);
    }
    const position = { file: directive.file, line: directive.line };
    // As CoreDNS: what a line says of reloading holds for those after it too.
    const { reload, byTime } = draft;
    for (const origin of origins) zones.set(origin, { position, origin, file, reload, byTime });
  }
  return { zones: [...zones.values()], fallthrough: draft.fallthrough };
}

interface Draft {
  reload: number;
  byTime: boolean;
  fallthrough: readonly string[] | undefined;
}

function readProperty(property: Directive, draft: Draft): void {
  expectNoBlock(property);
  switch (property.name) {
    case 'reload':
      draft.reload = duration(property, expectArguments(property, 1, 1, 'reload DURATION')[0]!, { min: 0 });
      break;
    case 'reload_by_mtime':
      expectArguments(property, 0, 0);
      draft.byTime = true;
      break;
    case 'fallthrough':
      draft.fallthrough = fallthroughZones(property);
      break;
    case 'upstream':
      // Of old versions; aliases are always asked of the server itself.
      break;
    default:
      unknownProperty(property, PROPERTIES);
  }
}
