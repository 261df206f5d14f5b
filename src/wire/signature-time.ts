import { FormatError } from './errors.ts';

/** A time of a signature as RRSIG records show it: `YYYYMMDDHHmmSS` in UTC (RFC 4034, section 3.2). */
export function signatureTimeText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19).replace(/[-:T]/g, '');
}

/**
 * Seconds since 1970 from `YYYYMMDDHHmmSS`, or from the number itself.
 * @throws FormatError when it is neither, or beyond 32 bits
 */
export function signatureTime(text: string): number {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text)?.slice(1).map(Number);
  let seconds = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (parts !== undefined) {
    const [year, month, day, hour, minute, second] = parts as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    seconds = Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
    // 31 February is no day: the calendar would roll over to March.
    if (signatureTimeText(seconds) !== text) seconds = NaN;
  }
  if (seconds >= 0 && seconds <= 0xffff_ffff) return seconds;
  throw new FormatError(`expected a time as YYYYMMDDHHmmSS, not '${text}'`);
}
