import { quote } from './quote.ts';
import { kindOf, valueText } from './values.ts';
import type { Value } from './values.ts';

/** Wider fields would only serve to make large texts. */
const MAXIMUM_WIDTH = 1000;

const DIRECTIVE = /%([-+# 0]*)(\d*)(?:\.(\d*))?([^])?/g;

interface Directive {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  readonly verb: string;
}

/**
 * Go's `Sprintf` for the values that templates have.
 * @throws Error where Go writes its complaint into the text: `%!d(string=x)`
 */
export function formatText(format: string, values: readonly Value[]): string {
  let next = 0;
  const text = format.replaceAll(
    DIRECTIVE,
    (whole, flags: string, width: string, precision: string | undefined, verb: string | undefined) => {
      if (verb === '%') return '%';
      if (verb === undefined) throw new Error('printf: the format ends with %');
      if (Number(width) > MAXIMUM_WIDTH || Number(precision) > MAXIMUM_WIDTH) {
        throw new Error(`printf: ${whole} is wider than ${MAXIMUM_WIDTH}`);
      }
      if (next === values.length) throw new Error(`printf: no value for ${whole}`);
      return formatValue(values[next++], {
        flags,
        width: Number(width),
        precision: precision === undefined ? undefined : Number(precision),
        verb,
      });
    },
  );
  if (next < values.length) throw new Error('printf: more values than the format has verbs');
  return text;
}

function formatValue(value: Value, directive: Directive): string {
  const { verb, flags, precision } = directive;
  switch (verb) {
    case 'v':
      return typeof value === 'number' || typeof value === 'bigint'
        ? numberField(value, 10, directive)
        : pad(valueText(value), directive, false);
    case 's':
    case 'q': {
      if (typeof value !== 'string' && !(verb === 's' && Array.isArray(value))) return mismatch(value, verb);
      const text = valueText(value);
      const cut = precision === undefined ? text : [...text].slice(0, precision).join('');
      return pad(verb === 'q' ? quote(cut) : cut, directive, false);
    }
    case 't':
      return typeof value === 'boolean' ? pad(String(value), directive, false) : mismatch(value, verb);
    case 'd':
      return numberField(value, 10, directive);
    case 'b':
      return numberField(value, 2, directive);
    case 'o':
      return numberField(value, 8, directive);
    case 'x':
    case 'X': {
      const text =
        typeof value === 'string' ? stringHex(value, directive) : numberField(value, 16, directive);
      return verb === 'X' ? text.toUpperCase() : text;
    }
    case 'c':
      if (typeof value !== 'number' || value < 0 || value > 0x10_ffff) return mismatch(value, verb);
      return pad(String.fromCodePoint(value), directive, false);
    case 'f':
      if (typeof value !== 'number') return mismatch(value, verb);
      return signed(value.toFixed(Math.min(precision ?? 6, 100)), flags, directive);
    default:
      throw new Error(`printf: unknown verb %${verb}`);
  }
}

function numberField(value: Value, base: number, directive: Directive): string {
  if (typeof value === 'number' && directive.verb === 'v' && !Number.isInteger(value)) {
    return pad(String(value), directive, false);
  }
  if (typeof value !== 'bigint' && !Number.isInteger(value)) return mismatch(value, directive.verb);
  let digits = (value as number | bigint).toString(base);
  const { flags, precision } = directive;
  if (precision !== undefined) {
    const negative = digits.startsWith('-');
    digits = (negative ? '-' : '') + digits.slice(negative ? 1 : 0).padStart(precision, '0');
  }
  return signed(digits, flags, directive, flags.includes('#') ? prefixOf(base) : '');
}

function signed(digits: string, flags: string, directive: Directive, prefix = ''): string {
  const negative = digits.startsWith('-');
  const sign = negative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  const before = sign + prefix;
  const rest = negative ? digits.slice(1) : digits;
  // Zeros go behind the sign.
  if (flags.includes('0') && !flags.includes('-'))
    return before + rest.padStart(directive.width - before.length, '0');
  return pad(before + rest, directive, true);
}

function prefixOf(base: number): string {
  return base === 16 ? '0x' : base === 8 ? '0' : base === 2 ? '0b' : '';
}

function stringHex(text: string, directive: Directive): string {
  const prefix = directive.flags.includes('#') && text !== '' ? '0x' : '';
  return pad(prefix + Buffer.from(text).toString('hex'), directive, false);
}

function pad(text: string, { flags, width }: Directive, isNumber: boolean): string {
  if (flags.includes('-')) return text.padEnd(width);
  return text.padStart(width, flags.includes('0') && !isNumber ? '0' : ' ');
}

function mismatch(value: Value, verb: string): never {
  throw new Error(`printf: %${verb} does not take ${kindOf(value)}`);
}
