import { argumentError, unknownProperty } from '../../src/corefile/arguments.ts';
import type { Directive, Position } from '../../src/corefile/corefile.ts';

/** One `bind` line: IP addresses and interface names, as written. */
export interface BindLine {
  readonly position: Position;
  readonly items: readonly Item[];
  /** What this line leaves out. */
  readonly except: readonly Item[];
}

/** An IP address or the name of an interface, and where it stands. */
export interface Item {
  readonly text: string;
  readonly position: Position;
}

export type Options = readonly BindLine[];

const USAGE = 'bind ADDRESS|INTERFACE...';

/** Reads `bind ADDRESS|INTERFACE... { except ADDRESS|INTERFACE... }`; several lines add up. */
export function parse(directives: readonly Directive[]): Options {
  return directives.map((directive) => {
    const items = readItems(directive, USAGE);
    const except: Item[] = [];
    for (const property of directive.block ?? []) {
      if (property.name !== 'except') unknownProperty(property, ['except']);
      except.push(...readItems(property, 'except ADDRESS|INTERFACE...'));
    }
    return { position: items[0]!.position, items, except };
  });
}

function readItems(directive: Directive, usage: string): Item[] {
  const position = { file: directive.file, line: directive.line };
  if (directive.arguments.length === 0) argumentError(directive, usage);
  return directive.arguments.map((text) => ({ text, position }));
}
