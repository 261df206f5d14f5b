import { join } from 'node:path';
import { root } from './project-files.ts';

/** A fenced `corefile` block of a Markdown file; `line` is that of its first line, from 1. */
export interface CorefileSnippet {
  readonly line: number;
  readonly text: string;
}

/** The Corefiles in a Markdown text. */
export function corefileSnippets(lines: readonly string[]): CorefileSnippet[] {
  const snippets: CorefileSnippet[] = [];
  for (let index = 0; index < lines.length; index++) {
    if (lines[index]!.trimEnd() !== '```corefile') continue;
    const end = lines.indexOf('```', index);
    snippets.push({ line: index + 2, text: lines.slice(index + 1, end).join('\n') });
    index = end;
  }
  return snippets;
}

/**
 * The same Corefile with what belongs to a real machine replaced: HTTP endpoints get a free port on the loopback
 * address, manifests are those of the example, interfaces are ones that no machine has, and nobody waits at the end.
 */
export function onLoopback(corefile: string): string {
  return corefile
    .replace(/^(\s*(?:health|ready|prometheus|pprof))(?:[ \t]+(?!\{|#)\S+)?(?=[ \t]|$)/gm, '$1 127.0.0.1:0')
    .replace(/^(\s*lameduck)[ \t]+\S+/gm, '$1 0s')
    .replace(/^(\s*interface)[ \t]+(\S+)/gm, '$1 no-$2')
    .replace(/^(\s*share[ \t].*[ \t]to)[ \t]+(\S+)/gm, '$1 no-$2')
    .replace(/^(\s*manifests)[ \t].*$/gm, `$1 ${join(root, 'examples/cluster')}`);
}
