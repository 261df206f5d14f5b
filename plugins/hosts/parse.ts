import {
  duration,
  expectArguments,
  expectNoBlock,
  fallthroughZones,
  integer,
  once,
  unknownProperty,
  zonesOrKeys,
} from '../../src/corefile/arguments.ts';
import { CorefileError, type Directive, type Position } from '../../src/corefile/corefile.ts';
import type { BlockInfo } from '../../src/plugin/plugin.ts';

export interface Options {
  readonly position: Position;
  /** As written: relative to the block's root directory. */
  readonly file: string;
  readonly zones: readonly string[];
  /** Lines of the Corefile that are lines of a hosts file. */
  readonly inline: readonly InlineEntry[];
  /** Seconds. */
  readonly ttl: number;
  /** Whether addresses are turned into names (PTR). */
  readonly reverse: boolean;
  /** Milliseconds between looks at the file; 0: it is read once. */
  readonly reload: number;
  /** Zones whose unknown names go to the next plugin; undefined: none. */
  readonly fallthrough: readonly string[] | undefined;
  /** Whether other types than A, AAAA and PTR go there too. */
  readonly fallthroughUnsupported: boolean;
}

export interface InlineEntry {
  readonly line: string;
  readonly position: Position;
}

const DEFAULT_FILE = '/etc/hosts';
const DEFAULT_TTL = 3600;
const DEFAULT_RELOAD = 5000;
const LARGEST_TTL = 65_535;
const PROPERTIES = ['ttl', 'no_reverse', 'reload', 'fallthrough', 'fallthrough_unsupported'];

/** Reads `hosts [FILE [ZONES...]] { … }`. */
export function parse(directives: readonly Directive[], block: BlockInfo): Options {
  const directive = once(directives);
  const [file = DEFAULT_FILE, ...zones] = directive.arguments;
  const draft: Draft = {
    inline: [],
    ttl: DEFAULT_TTL,
    reverse: true,
    reload: DEFAULT_RELOAD,
    fallthrough: undefined,
    fallthroughUnsupported: false,
  };
  for (const property of directive.block ?? []) readProperty(property, draft);
  if (draft.fallthroughUnsupported && draft.fallthrough === undefined) {
    throw new CorefileError(directive, 'fallthrough_unsupported needs fallthrough as well');
  }
  const position = { file: directive.file, line: directive.line };
  return { position, file, zones: zonesOrKeys(zones, block.keys), ...draft };
}

interface Draft {
  inline: InlineEntry[];
  ttl: number;
  reverse: boolean;
  reload: number;
  fallthrough: readonly string[] | undefined;
  fallthroughUnsupported: boolean;
}

function readProperty(property: Directive, draft: Draft): void {
  expectNoBlock(property);
  switch (property.name) {
    case 'ttl':
      draft.ttl = integer(property, expectArguments(property, 1, 1, 'ttl SECONDS')[0]!, {
        min: 1,
        max: LARGEST_TTL,
      });
      break;
    case 'no_reverse':
      expectArguments(property, 0, 0);
      draft.reverse = false;
      break;
    case 'reload':
      draft.reload = duration(property, expectArguments(property, 1, 1, 'reload DURATION')[0]!, { min: 0 });
      break;
    case 'fallthrough':
      draft.fallthrough = fallthroughZones(property);
      break;
    case 'fallthrough_unsupported':
      expectArguments(property, 0, 0);
      draft.fallthroughUnsupported = true;
      break;
    default:
      // As CoreDNS has it: inline entries stand before `fallthrough`, so that mistakes after it are found.
      if (draft.fallthrough !== undefined) unknownProperty(property, PROPERTIES);
      draft.inline.push({
        line: [property.name, ...property.arguments].join(' '),
        position: { file: property.file, line: property.line },
      });
  }
}
