/** A name with `{0}`, `{1}`… in it, which stand for the groups of a regular expression. */
export class GroupTemplate {
  /** Text and group numbers in turn. */
  readonly #parts: readonly (string | number)[];

  /** @param groupCount of the expression; numbers above it are text */
  constructor(text: string, groupCount: number) {
    this.#parts = text
      .split(/(\{\d{1,3}\})/)
      .filter((part) => part !== '')
      .map((part) => groupNumber(part, groupCount) ?? part);
  }

  /** How many distinct groups it names, the whole match not counted. */
  static groupsNamed(text: string): number {
    const named = new Set(text.match(/\{\d{1,3}\}/g));
    named.delete('{0}');
    return named.size;
  }

  /** @param groups of a match, the whole first */
  fill(groups: readonly string[]): string {
    let text = '';
    for (const part of this.#parts) text += typeof part === 'string' ? part : (groups[part] ?? '');
    return text;
  }
}

function groupNumber(part: string, groupCount: number): number | undefined {
  const number = /^\{\d+\}$/.test(part) ? Number(part.slice(1, -1)) : NaN;
  return number <= groupCount ? number : undefined;
}
