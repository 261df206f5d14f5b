import { RecordType } from './codes.ts';

/**
 * What RDATA is made of, in order. `text` is one character string, `texts` all the rest as character strings;
 * `tag` is a character string without quotes; `value` the rest as one string without a length; `hex` the rest.
 */
export type DataField =
  'byte' | 'word' | 'long' | 'ipv4' | 'ipv6' | 'name' | 'text' | 'texts' | 'tag' | 'value' | 'hex';

const fields = new Map<number, readonly DataField[]>([
  [RecordType.A, ['ipv4']],
  [RecordType.NS, ['name']],
  [RecordType.CNAME, ['name']],
  [RecordType.SOA, ['name', 'name', 'long', 'long', 'long', 'long', 'long']],
  [RecordType.PTR, ['name']],
  [RecordType.HINFO, ['text', 'text']],
  [RecordType.MX, ['word', 'name']],
  [RecordType.TXT, ['texts']],
  [RecordType.RP, ['name', 'name']],
  [RecordType.AFSDB, ['word', 'name']],
  [RecordType.AAAA, ['ipv6']],
  [RecordType.SRV, ['word', 'word', 'word', 'name']],
  [RecordType.NAPTR, ['word', 'word', 'text', 'text', 'text', 'name']],
  [RecordType.KX, ['word', 'name']],
  [RecordType.DNAME, ['name']],
  [RecordType.DS, ['word', 'byte', 'byte', 'hex']],
  [RecordType.SSHFP, ['byte', 'byte', 'hex']],
  [RecordType.TLSA, ['byte', 'byte', 'byte', 'hex']],
  [RecordType.SMIMEA, ['byte', 'byte', 'byte', 'hex']],
  [RecordType.CDS, ['word', 'byte', 'byte', 'hex']],
  [RecordType.SPF, ['texts']],
  [RecordType.URI, ['word', 'word', 'value']],
  [RecordType.CAA, ['byte', 'tag', 'value']],
]);

/** The fields of a type's RDATA; undefined: its text form is that of an unknown type (RFC 3597, section 5). */
export function dataFields(type: number): readonly DataField[] | undefined {
  return fields.get(type);
}
