import { FormatError } from '../../wire/errors.ts';
import type { CachedRecord } from '../cached-record.ts';

/** A service on a link, with all that it takes to reach it. */
export interface LinkService {
  /** Full name of the instance in presentation form: `Laser\ 2._ipp._tcp.local.`. */
  readonly name: string;
  /** `_ipp._tcp`. */
  readonly type: string;
  /** Full name of its host: `printer.local.`. */
  readonly host: string;
  readonly port: number;
  /** In text; IPv4 and IPv6, link-local ones too. */
  readonly addresses: readonly string[];
  /** Strings of its TXT record, as UTF-8. */
  readonly text: readonly string[];
  /** What it was put together from: SRV, TXT, A and AAAA. */
  readonly records: readonly CachedRecord[];
}

/** Who wants to know of services. */
export interface ServiceListener {
  /** It can be reached. */
  found(service: LinkService): void;
  /** Something of it is different. */
  changed(service: LinkService): void;
  /** It has left, or cannot be reached any more. */
  lost(service: LinkService): void;
}

/** The strings of a TXT record. Data that is none reads as none. */
export function textStrings(data: Uint8Array): string[] {
  const strings: string[] = [];
  for (let at = 0; at < data.length;) {
    const end = at + 1 + data[at]!;
    if (end > data.length) throw new FormatError('text is cut short');
    // An empty string says nothing (RFC 6763, section 6.1).
    if (end > at + 1) strings.push(Buffer.from(data.subarray(at + 1, end)).toString('utf8'));
    at = end;
  }
  return strings;
}
