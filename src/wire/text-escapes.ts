import { FormatError } from './errors.ts';

/**
 * The bytes of a character string in a zone file: escapes are `\X` and `\DDD`, all else is UTF-8.
 * @throws FormatError when an escape is none
 */
export function unescapedBytes(text: string): Uint8Array {
  const parts: Buffer[] = [];
  let start = 0;
  for (let at = text.indexOf('\\'); at >= 0; at = text.indexOf('\\', start)) {
    parts.push(Buffer.from(text.slice(start, at)));
    const digits = text.slice(at + 1, at + 4);
    const decimal = /^\d{3}$/.test(digits);
    if (decimal ? Number(digits) > 255 : /^\d/.test(digits) || digits === '') {
      throw new FormatError(`'\\${digits}' is no escape`);
    }
    const next = String.fromCodePoint(text.codePointAt(at + 1)!);
    parts.push(decimal ? Buffer.of(Number(digits)) : Buffer.from(next));
    start = at + 1 + (decimal ? 3 : next.length);
  }
  return Buffer.concat([...parts, Buffer.from(text.slice(start))]);
}

/** The inside of a quoted character string. */
export function escapedText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    if (byte < 32 || byte > 126) text += `\\${String(byte).padStart(3, '0')}`;
    else text += byte === 34 || byte === 92 ? `\\${String.fromCharCode(byte)}` : String.fromCharCode(byte);
  }
  return text;
}
