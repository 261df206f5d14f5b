import { FormatError } from '../../wire/errors.ts';
import { readName } from '../../wire/name.ts';

/** Bytes of a label (RFC 1035, section 2.3.4). */
const LABEL_BYTES = 63;

/**
 * A text of any characters as one label in presentation form, dots and spaces escaped: `Kitchen 2.0` becomes
 * `Kitchen\ 2\.0` (RFC 6763, section 4.3).
 * @throws FormatError when it is empty or longer than 63 bytes in UTF-8
 */
export function labelFromText(text: string): string {
  const bytes = Buffer.from(text.normalize('NFC'));
  if (bytes.length === 0 || bytes.length > LABEL_BYTES) {
    throw new FormatError(`label ${JSON.stringify(text)} is not of 1 to 63 bytes`);
  }
  return readName(Buffer.concat([Uint8Array.of(bytes.length), bytes, Uint8Array.of(0)]), 0).slice(0, -1);
}

/** The text of the first label of a name in presentation form. */
export function firstLabelText(name: string): string {
  const bytes: number[] = [];
  for (let at = 0; at < name.length && name[at] !== '.'; at++) {
    let code = name.charCodeAt(at);
    if (code === 92) {
      const digits = name.slice(at + 1, at + 4);
      const isNumber = /^\d{3}$/.test(digits);
      code = isNumber ? Number(digits) : name.charCodeAt(at + 1);
      at += isNumber ? 3 : 1;
    }
    bytes.push(code);
  }
  return Buffer.from(bytes).toString('utf8');
}

/** The next name for a service instance whose own is taken: `Printer (2)`, `Printer (3)` (RFC 6763, appendix D). */
export function nextInstance(text: string): string {
  const match = /^(.*) \((\d{1,6})\)$/s.exec(text);
  return numbered(match?.[1] ?? text, ` (${Number(match?.[2] ?? 1) + 1})`);
}

/** The next label for a host whose own is taken: `gateway-2`, `gateway-3` (RFC 6762, section 9). */
export function nextHost(label: string): string {
  const match = /^(.+)-(\d{1,6})$/.exec(label);
  return numbered(match?.[1] ?? label, `-${Number(match?.[2] ?? 1) + 1}`);
}

/** Text and number, the text cut between two characters where both are too long for a label. */
function numbered(text: string, number: string): string {
  let kept = text;
  while (Buffer.byteLength(kept) + number.length > LABEL_BYTES) kept = [...kept].slice(0, -1).join('');
  return kept + number;
}
