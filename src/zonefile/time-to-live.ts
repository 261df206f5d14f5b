import { FormatError } from '../wire/errors.ts';

/** RFC 2181, section 8. */
const MAXIMUM_TTL = 0x7fff_ffff;
const MAXIMUM_DIGITS = 10;

/**
 * Seconds from a number of them, or from parts with units: `1w2d3h4m5s` in any letter case, as BIND has them.
 * Undefined when it is not that.
 */
export function timeToLive(text: string, maximum = MAXIMUM_TTL): number | undefined {
  let total = 0;
  let part = 0;
  let digits = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 47 && code < 58) {
      if (++digits > MAXIMUM_DIGITS) return undefined;
      part = part * 10 + code - 48;
      continue;
    }
    const unit = unitSeconds(code | 32);
    if (unit === 0 || digits === 0) return undefined;
    total += part * unit;
    part = 0;
    digits = 0;
  }
  total += part;
  return text.length === 0 || total > maximum ? undefined : total;
}

/** The same, for where nothing else can stand. */
export function expectTimeToLive(text: string): number {
  const seconds = timeToLive(text);
  if (seconds !== undefined) return seconds;
  throw new FormatError(
    `expected a time such as 3600 or 1h30m, at most ${MAXIMUM_TTL} seconds, not '${text}'`,
  );
}

function unitSeconds(letter: number): number {
  switch (String.fromCharCode(letter)) {
    case 's':
      return 1;
    case 'm':
      return 60;
    case 'h':
      return 3600;
    case 'd':
      return 86_400;
    case 'w':
      return 604_800;
    default:
      return 0;
  }
}
