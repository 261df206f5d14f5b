import { OptionCode } from './codes.ts';
import type { Edns, EdnsOption } from './edns.ts';
import { readOptions } from './edns.ts';

/** Why a reply is as it is (RFC 8914). */
export interface ExtendedError {
  /** One of ExtendedErrorCode, or any other 16 bits. */
  readonly code: number;
  /** For people; may be empty. */
  readonly text: string;
}

/** Why a reply is as it is: info codes of Extended DNS Errors (RFC 8914, section 4). */
export const ExtendedErrorCode = {
  Other: 0,
  StaleAnswer: 3,
  ForgedAnswer: 4,
  CachedError: 13,
  NotReady: 14,
  Blocked: 15,
  Censored: 16,
  Filtered: 17,
  Prohibited: 18,
  StaleNxdomainAnswer: 19,
  NotAuthoritative: 20,
  NotSupported: 21,
  NoReachableAuthority: 22,
  NetworkError: 23,
  InvalidData: 24,
} as const;

/** Longer texts could cost the answer its place in a datagram of 512 bytes. */
const MAXIMUM_TEXT_BYTES = 120;

/** The EDNS option that tells a client why (RFC 8914, section 2). The text, in UTF-8, is cut at 120 bytes. */
export function extendedErrorOption({ code, text }: ExtendedError): EdnsOption {
  let words = Buffer.from(text);
  if (words.length > MAXIMUM_TEXT_BYTES) {
    let end = MAXIMUM_TEXT_BYTES;
    while (end > 0 && (words[end]! & 0xc0) === 0x80) end--; // never within a character
    words = words.subarray(0, end);
  }
  const data = new Uint8Array(2 + words.length);
  data[0] = code >> 8;
  data[1] = code & 0xff;
  data.set(words, 2);
  return { code: OptionCode.ExtendedError, data };
}

/** The first extended error among the options of an OPT record; undefined when there is none. */
export function readExtendedError(edns: Edns | undefined): ExtendedError | undefined {
  if (edns === undefined || edns.options.length === 0) return undefined;
  const option = readOptions(edns.options).find(({ code }) => code === OptionCode.ExtendedError);
  if (option === undefined || option.data.length < 2) return undefined;
  const { data } = option;
  return { code: (data[0]! << 8) | data[1]!, text: Buffer.from(data.subarray(2)).toString() };
}
