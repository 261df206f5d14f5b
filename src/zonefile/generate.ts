import { FormatError } from '../wire/errors.ts';
import type { Word } from '../wire/words.ts';

/** Most records that one `$GENERATE` makes. */
export const MAXIMUM_GENERATED = 65_536;
const MAXIMUM_WIDTH = 255;

/**
 * The lines that a `$GENERATE START-STOP[/STEP] WORDS...` stands for. In its words `$` is the number,
 * `${OFFSET[,WIDTH[,BASE]]}` the number plus an offset, padded with zeros, in base `d`, `o`, `x` or `X`;
 * `\$` and `$$` are a dollar sign.
 * @throws FormatError when it is not that, or makes more than 65,536 records
 */
export function* generate(words: readonly Word[]): Generator<readonly Word[]> {
  const [range, ...rest] = words;
  const { start, stop, step } = readRange(range?.text ?? '');
  const templates = rest.map(({ text, quoted }) => ({ parts: template(text), quoted }));
  for (let number = start; number <= stop; number += step) {
    yield templates.map(({ parts, quoted }) => ({ text: filled(parts, number), quoted }));
  }
}

interface Placeholder {
  readonly offset: number;
  readonly width: number;
  readonly base: string;
}

type Part = string | Placeholder;

const PLAIN: Placeholder = { offset: 0, width: 0, base: 'd' };

function readRange(text: string): { start: number; stop: number; step: number } {
  const match = /^(\d{1,10})-(\d{1,10})(?:\/(\d{1,10}))?$/.exec(text);
  if (match === null)
    throw new FormatError(`expected START-STOP or START-STOP/STEP after $GENERATE, not '${text}'`);
  const [start, stop, step] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 1)];
  if (start > stop || step === 0) throw new FormatError(`the range '${text}' of $GENERATE is empty`);
  if ((stop - start) / step >= MAXIMUM_GENERATED) {
    throw new FormatError(`the range '${text}' of $GENERATE has more than ${MAXIMUM_GENERATED} numbers`);
  }
  return { start, stop, step };
}

function template(text: string): Part[] {
  const parts: Part[] = [];
  let plain = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    const next = text[at + 1];
    if (character === '\\' && next !== undefined) {
      plain += next === '$' ? '$' : character + next;
      at++;
    } else if (character === '$' && next === '$') {
      plain += '$';
      at++;
    } else if (character !== '$') plain += character;
    else {
      parts.push(plain);
      plain = '';
      if (next !== '{') parts.push(PLAIN);
      else {
        const end = text.indexOf('}', at);
        if (end < 0) throw new FormatError(`'\${' without '}' in '${text}'`);
        parts.push(placeholder(text.slice(at + 2, end)));
        at = end;
      }
    }
  }
  parts.push(plain);
  return parts;
}

function placeholder(text: string): Placeholder {
  const match = /^([+-]?\d{1,10})(?:,(\d{1,3})(?:,([doxX]))?)?$/.exec(text);
  const width = Number(match?.[2] ?? 0);
  if (match === null || width > MAXIMUM_WIDTH) {
    throw new FormatError(
      `expected \${OFFSET[,WIDTH[,BASE]]} with a base of d, o, x or X, not '\${${text}}'`,
    );
  }
  return { offset: Number(match[1]), width, base: match[3] ?? 'd' };
}

function filled(parts: readonly Part[], number: number): string {
  let text = '';
  for (const part of parts) text += typeof part === 'string' ? part : numberText(part, number);
  return text;
}

function numberText({ offset, width, base }: Placeholder, number: number): string {
  const value = number + offset;
  if (value < 0) throw new FormatError(`$GENERATE makes the negative number ${value}`);
  const digits = value.toString(base === 'd' ? 10 : base === 'o' ? 8 : 16).padStart(width, '0');
  return base === 'X' ? digits.toUpperCase() : digits;
}
