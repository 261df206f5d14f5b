import { Opcode, Rcode, RecordType } from '../wire/codes.ts';
import type { ResourceRecord } from '../wire/record.ts';
import type { Query } from './query.ts';
import { Reply } from './reply.ts';

/** What kind of answer a reply is: how long it may be kept, and whether it is logged, depend on it. */
export const ResponseType = {
  NoError: 0,
  /** NODATA: the name is there, records of the type are not (RFC 2308, section 2.2). */
  NoData: 1,
  NameError: 2,
  Delegation: 3,
  ServerError: 4,
  /** Answers to NOTIFY, AXFR and IXFR. */
  Meta: 5,
  Update: 6,
  OtherError: 7,
} as const;
export type ResponseType = (typeof ResponseType)[keyof typeof ResponseType];

/** The classes that `log` filters by. */
export const responseClasses = ['success', 'denial', 'error'] as const;
export type ResponseClass = (typeof responseClasses)[number];

/**
 * The type of a reply. A reply that was not sent (`Reply.silence`) is OtherError.
 * @param now milliseconds since 1970, for the validity of signatures
 */
export function responseType(query: Query, reply: Reply, now: number): ResponseType {
  if (isSilent(reply)) return ResponseType.OtherError;
  const opcode = (query.flags >> 11) & 15;
  if (opcode === Opcode.Update) return ResponseType.Update;
  if (opcode === Opcode.Notify) return ResponseType.Meta;
  if (query.type === RecordType.AXFR || query.type === RecordType.IXFR) return ResponseType.Meta;
  if (reply.edns?.dnssecOk === true && hasInvalidSignature(reply, now)) return ResponseType.OtherError;

  const { rcode } = reply;
  if (reply.answer.length > 0) {
    if (rcode === Rcode.NoError) return ResponseType.NoError;
    if (rcode === Rcode.NameError) return ResponseType.OtherError;
  }
  if (rcode === Rcode.NoError) {
    if (hasType(reply.authority, RecordType.SOA)) return ResponseType.NoData;
    return hasType(reply.authority, RecordType.NS) ? ResponseType.Delegation : ResponseType.NoError;
  }
  if (rcode === Rcode.NameError) return ResponseType.NameError;
  const failed = rcode === Rcode.ServerFailure || rcode === Rcode.NotImplemented;
  return failed ? ResponseType.ServerError : ResponseType.OtherError;
}

/** The class that a response type belongs to. */
export function responseClass(type: ResponseType): ResponseClass {
  if (type === ResponseType.NoError || type === ResponseType.Delegation) return 'success';
  return type === ResponseType.NoData || type === ResponseType.NameError ? 'denial' : 'error';
}

/** Whether the client gets nothing at all. */
export function isSilent(reply: Reply): boolean {
  return reply === Reply.silence;
}

function hasType(records: readonly ResourceRecord[], type: number): boolean {
  for (let index = 0; index < records.length; index++) if (records[index]!.type === type) return true;
  return false;
}

function hasInvalidSignature(reply: Reply, now: number): boolean {
  const seconds = Math.floor(now / 1000);
  return (
    reply.answer.some((record) => isInvalidSignature(record, seconds)) ||
    reply.authority.some((record) => isInvalidSignature(record, seconds)) ||
    reply.additional.some((record) => isInvalidSignature(record, seconds))
  );
}

/** Expiration and inception stand at 8 and 12 and are compared as serial numbers (RFC 4034, section 3.1.5). */
function isInvalidSignature(record: ResourceRecord, seconds: number): boolean {
  if (record.type !== RecordType.RRSIG || record.data.length < 16) return false;
  const view = new DataView(record.data.buffer, record.data.byteOffset, record.data.byteLength);
  const untilExpiration = (view.getUint32(8) - seconds) | 0;
  const sinceInception = (seconds - view.getUint32(12)) | 0;
  return untilExpiration < 0 || sinceInception < 0;
}
