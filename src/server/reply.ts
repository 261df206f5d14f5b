import { Rcode } from '../wire/codes.ts';
import type { Edns } from '../wire/edns.ts';
import type { ExtendedError } from '../wire/extended-error.ts';
import type { ResourceRecord } from '../wire/record.ts';
import type { Repeat } from './repeat.ts';

const NO_RECORDS: readonly ResourceRecord[] = [];

/** The fields of a reply; what is left out is false, empty or NOERROR. */
export interface ReplyFields {
  /** Full response code; above 15 the upper bits travel in the OPT record. */
  readonly rcode?: number;
  readonly authoritative?: boolean;
  readonly truncated?: boolean;
  readonly recursionAvailable?: boolean;
  readonly authenticData?: boolean;
  readonly answer?: readonly ResourceRecord[];
  readonly authority?: readonly ResourceRecord[];
  /** Without OPT, which has a field of its own. */
  readonly additional?: readonly ResourceRecord[];
  /** An OPT record that a plugin or an upstream put in. The client's own is echoed by `finish`. */
  readonly edns?: Edns | undefined;
  /** Why the reply is as it is. `finish` tells clients that sent EDNS, and nobody else (RFC 8914, section 3). */
  readonly extendedError?: ExtendedError | undefined;
  /** Most bytes by UDP, where a plugin allows less than the client's OPT record does. */
  readonly udpSize?: number | undefined;
  /** Name of the plugin that made it; metric label. */
  readonly source?: string;
  /** Why it is a failure, for the `errors` plugin to log. */
  readonly error?: Error | undefined;
  /** Only a code: no plugin had an answer, so the server sends header and question alone. */
  readonly bare?: boolean;
  /**
   * Says that the reply is its own repeat. A reply that is made from another has none of its own accord: who changes
   * one vouches for it anew, or the wire cache leaves it alone.
   */
  readonly repeat?: Repeat | undefined;
}

/**
 * An answer, as a value. Nobody edits one: `reply.with(…)` makes another. Id and question echo, EDNS, the size
 * limit and truncation are the business of `finish` alone.
 */
export class Reply implements ReplyFields {
  readonly rcode: number;
  readonly authoritative: boolean;
  readonly truncated: boolean;
  readonly recursionAvailable: boolean;
  readonly authenticData: boolean;
  readonly answer: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  readonly additional: readonly ResourceRecord[];
  readonly edns: Edns | undefined;
  readonly extendedError: ExtendedError | undefined;
  readonly udpSize: number | undefined;
  readonly source: string;
  readonly error: Error | undefined;
  readonly bare: boolean;
  readonly repeat: Repeat | undefined;

  constructor(fields: ReplyFields) {
    this.rcode = fields.rcode ?? Rcode.NoError;
    this.authoritative = fields.authoritative ?? false;
    this.truncated = fields.truncated ?? false;
    this.recursionAvailable = fields.recursionAvailable ?? false;
    this.authenticData = fields.authenticData ?? false;
    this.answer = fields.answer ?? NO_RECORDS;
    this.authority = fields.authority ?? NO_RECORDS;
    this.additional = fields.additional ?? NO_RECORDS;
    this.edns = fields.edns;
    this.extendedError = fields.extendedError;
    this.udpSize = fields.udpSize;
    this.source = fields.source ?? '';
    this.error = fields.error;
    this.bare = fields.bare ?? false;
    this.repeat = fields.repeat;
  }

  /** A bare response code, with the reason when there is one: CoreDNS's "nothing was written". */
  static failure(rcode: number, source: string, error?: Error): Reply {
    return new Reply({ rcode, source, error, bare: true });
  }

  /** The client gets no reply at all. */
  static readonly silence: Reply = new Reply({ bare: true });

  /** The same reply with some fields changed. Field by field: spreading the object takes ten times as long. */
  with(changes: ReplyFields): Reply {
    const fields: Required<ReplyFields> = {
      rcode: changes.rcode ?? this.rcode,
      authoritative: changes.authoritative ?? this.authoritative,
      truncated: changes.truncated ?? this.truncated,
      recursionAvailable: changes.recursionAvailable ?? this.recursionAvailable,
      authenticData: changes.authenticData ?? this.authenticData,
      answer: changes.answer ?? this.answer,
      authority: changes.authority ?? this.authority,
      additional: changes.additional ?? this.additional,
      edns: 'edns' in changes ? changes.edns : this.edns,
      extendedError: 'extendedError' in changes ? changes.extendedError : this.extendedError,
      udpSize: 'udpSize' in changes ? changes.udpSize : this.udpSize,
      source: changes.source ?? this.source,
      error: 'error' in changes ? changes.error : this.error,
      bare: changes.bare ?? this.bare,
      repeat: changes.repeat,
    };
    return new Reply(fields);
  }
}
