import { OptionCode } from './codes.ts';
import { FormatError } from './errors.ts';

/** Options of an OPT record that has none. */
export const NO_OPTIONS: Uint8Array = new Uint8Array(0);

/** What an OPT record carries (RFC 6891, section 6.1). */
export interface Edns {
  /** Largest UDP message, in bytes, that the sender can take. */
  readonly udpSize: number;
  readonly version: number;
  /** The DO bit: send DNSSEC records too (RFC 3225). */
  readonly dnssecOk: boolean;
  /** The options as they are on the wire: code, length and data of each. */
  readonly options: Uint8Array;
}

/** One EDNS option. */
export interface EdnsOption {
  readonly code: number;
  readonly data: Uint8Array;
}

/**
 * The options of an OPT record, in order.
 * @throws FormatError when one is cut short
 */
export function readOptions(options: Uint8Array): EdnsOption[] {
  const read: EdnsOption[] = [];
  for (let at = 0; at < options.length;) {
    if (at + 4 > options.length) throw new FormatError('EDNS option is cut short');
    const end = at + 4 + ((options[at + 2]! << 8) | options[at + 3]!);
    if (end > options.length) throw new FormatError('EDNS option is cut short');
    read.push({ code: (options[at]! << 8) | options[at + 1]!, data: options.subarray(at + 4, end) });
    at = end;
  }
  return read;
}

/** The wire form of a list of options. */
export function writeOptions(options: readonly EdnsOption[]): Uint8Array {
  const target = new Uint8Array(options.reduce((sum, option) => sum + 4 + option.data.length, 0));
  let at = 0;
  for (const { code, data } of options) {
    target[at] = code >> 8;
    target[at + 1] = code & 0xff;
    target[at + 2] = data.length >> 8;
    target[at + 3] = data.length & 0xff;
    target.set(data, at + 4);
    at += 4 + data.length;
  }
  return target;
}

/** Whether a client that sent this option gets it back as it was (CoreDNS's list). */
function isEchoed(code: number): boolean {
  return (
    code === OptionCode.NSID ||
    code === OptionCode.Expire ||
    code === OptionCode.Cookie ||
    code === OptionCode.TcpKeepalive ||
    code === OptionCode.Padding
  );
}

/**
 * The options of a query's OPT record that its reply's repeats.
 * @param also codes that are repeated besides CoreDNS's list
 */
export function echoedOptions(options: Uint8Array, also?: ReadonlySet<number>): Uint8Array {
  if (options.length === 0) return NO_OPTIONS;
  return writeOptions(readOptions(options).filter(({ code }) => isEchoed(code) || also?.has(code)));
}
