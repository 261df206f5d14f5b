/**
 * Reads a Go duration (`300ms`, `1.5h`, `2m30s`, `-1s`, `0`) as milliseconds, with a fraction below one.
 * Undefined when the text is not one (a bare number but zero is not) or is longer than Go's 292 years.
 */
export function parseDuration(text: string): number | undefined {
  const negative = text.startsWith('-');
  const unsigned = negative || text.startsWith('+') ? text.slice(1) : text;
  if (unsigned === '0') return 0;
  if (unsigned === '') return undefined;

  let nanoseconds = 0;
  let index = 0;
  while (index < unsigned.length) {
    PART.lastIndex = index;
    const part = PART.exec(unsigned);
    if (part === null) return undefined;
    const [all, whole = '', fraction = '', unit = ''] = part;
    const size = NANOSECONDS.get(unit);
    if (size === undefined || (whole === '' && fraction === '')) return undefined;
    nanoseconds += Number(whole) * size + Math.trunc(Number(`0.${fraction}`) * size);
    index += all.length;
  }
  if (nanoseconds >= LONGEST) return undefined;
  const milliseconds = nanoseconds / 1e6;
  return negative && milliseconds !== 0 ? -milliseconds : milliseconds;
}

/** Writes milliseconds as Go does: `1h0m0s`, `2.5s`, `300ms`, `1.5µs`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 0) return `-${formatDuration(-milliseconds)}`;
  if (milliseconds === 0) return '0s';
  const nanoseconds = Math.round(milliseconds * 1e6);
  if (nanoseconds < 1e3) return `${nanoseconds}ns`;
  if (nanoseconds < 1e6) return `${nanoseconds / 1e3}µs`;
  if (nanoseconds < 1e9) return `${nanoseconds / 1e6}ms`;
  const hours = Math.floor(nanoseconds / 3600e9);
  const minutes = Math.floor((nanoseconds % 3600e9) / 60e9);
  const seconds = `${(nanoseconds % 60e9) / 1e9}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

const PART = /(\d*)(?:\.(\d*))?([a-zµμ]+)/y;
const LONGEST = 2 ** 63;
const NANOSECONDS: ReadonlyMap<string, number> = new Map([
  ['ns', 1],
  ['us', 1e3],
  ['\u00b5s', 1e3], // micro sign
  ['\u03bcs', 1e3], // Greek letter mu
  ['ms', 1e6],
  ['s', 1e9],
  ['m', 60e9],
  ['h', 3600e9],
]);
