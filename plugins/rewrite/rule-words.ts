import { CorefileError, type Position } from '../../src/corefile/corefile.ts';
import { didYouMean } from '../../src/corefile/nearest.ts';
import { RegularExpression } from '../../src/regex/regular-expression.ts';

/** The words of a rule behind its field, with the place to blame for them. */
export class RuleWords {
  readonly position: Position;
  readonly list: readonly string[];
  readonly #usage: string;

  /** @param usage the right form of the whole rule, for messages */
  constructor(position: Position, list: readonly string[], usage: string) {
    this.position = position;
    this.list = list;
    this.#usage = usage;
  }

  /** @throws CorefileError unless there are so many words */
  expect(minimum: number, maximum = minimum): void {
    if (this.list.length >= minimum && this.list.length <= maximum) return;
    const last = this.list.at(-1);
    const behind = last === undefined ? '' : ` after '${last}'`;
    this.fail(`wrong argument count${behind}; expected ${this.#usage}`);
  }

  /** The word in lower case, if it is one of the choices. */
  choice<Choice extends string>(noun: string, word: string, choices: readonly Choice[]): Choice {
    const found = choices.find((candidate) => candidate === word.toLowerCase());
    return (
      found ??
      this.fail(`invalid ${noun} '${word}'${didYouMean(word, choices)}; valid are ${choices.join(', ')}`)
    );
  }

  /** A whole number from 0 to `maximum`, decimal. */
  number(noun: string, word: string, maximum: number): number {
    const value = /^\d{1,10}$/.test(word) ? Number(word) : NaN;
    return value <= maximum
      ? value
      : this.fail(`invalid ${noun} '${word}'; expected a whole number from 0 to ${maximum}`);
  }

  regularExpression(pattern: string): RegularExpression {
    try {
      return new RegularExpression(pattern);
    } catch (error) {
      return this.fail(`invalid regular expression '${pattern}': ${(error as Error).message}`);
    }
  }

  fail(message: string): never {
    throw new CorefileError(this.position, message);
  }
}
