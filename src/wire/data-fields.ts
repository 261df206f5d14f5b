import { RecordType } from './codes.ts';

/**
 * What RDATA is made of, in order. `text` is one character string, `texts` all the rest as character strings;
 * `tag` is a character string without quotes; `value` the rest as one string without a length; `hex`, `base64`,
 * `types` (a bitmap) and `parameters` (of services) are the rest; `type` is a type's number, `time` that of a signature.
 */
export type DataField =
  | 'byte'
  | 'word'
  | 'long'
  | 'ipv4'
  | 'ipv6'
  | 'name'
  | 'text'
  | 'texts'
  | 'tag'
  | 'value'
  | 'hex'
  | 'base64'
  | 'type'
  | 'types'
  | 'time'
  | 'parameters';

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
  [RecordType.CERT, ['word', 'word', 'byte', 'base64']],
  [RecordType.RRSIG, ['type', 'byte', 'byte', 'long', 'time', 'time', 'word', 'name', 'base64']],
  [RecordType.NSEC, ['name', 'types']],
  [RecordType.DNSKEY, ['word', 'byte', 'byte', 'base64']],
  [RecordType.CDNSKEY, ['word', 'byte', 'byte', 'base64']],
  [RecordType.OPENPGPKEY, ['base64']],
  [RecordType.CSYNC, ['long', 'word', 'types']],
  [RecordType.ZONEMD, ['long', 'byte', 'byte', 'hex']],
  [RecordType.SVCB, ['word', 'name', 'parameters']],
  [RecordType.HTTPS, ['word', 'name', 'parameters']],
  [RecordType.CDS, ['word', 'byte', 'byte', 'hex']],
  [RecordType.SPF, ['texts']],
  [RecordType.URI, ['word', 'word', 'value']],
  [RecordType.CAA, ['byte', 'tag', 'value']],
]);

/** The fields of a type's RDATA; undefined: its text form is that of an unknown type (RFC 3597, section 5). */
export function dataFields(type: number): readonly DataField[] | undefined {
  return fields.get(type);
}
