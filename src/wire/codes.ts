/** Numbers of the DNS protocol under their RFC names (IANA "Domain Name System (DNS) Parameters"). */

export const RecordType = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  RP: 17,
  AFSDB: 18,
  SIG: 24,
  KEY: 25,
  AAAA: 28,
  LOC: 29,
  SRV: 33,
  NAPTR: 35,
  KX: 36,
  CERT: 37,
  DNAME: 39,
  OPT: 41,
  APL: 42,
  DS: 43,
  SSHFP: 44,
  IPSECKEY: 45,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  DHCID: 49,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SMIMEA: 53,
  HIP: 55,
  CDS: 59,
  CDNSKEY: 60,
  OPENPGPKEY: 61,
  CSYNC: 62,
  ZONEMD: 63,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  EUI48: 108,
  EUI64: 109,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
  URI: 256,
  CAA: 257,
} as const;

export const RecordClass = { IN: 1, CH: 3, HS: 4, NONE: 254, ANY: 255 } as const;

export const Opcode = { Query: 0, IQuery: 1, Status: 2, Notify: 4, Update: 5 } as const;

/** Response codes; those above 15 need an OPT record to carry their upper bits (RFC 6891, section 6.1.3). */
export const Rcode = {
  NoError: 0,
  FormatError: 1,
  ServerFailure: 2,
  NameError: 3,
  NotImplemented: 4,
  Refused: 5,
  YXDomain: 6,
  YXRRSet: 7,
  NXRRSet: 8,
  NotAuth: 9,
  NotZone: 10,
  BadVersion: 16,
  BadKey: 17,
  BadTime: 18,
  BadMode: 19,
  BadName: 20,
  BadAlgorithm: 21,
  BadTruncation: 22,
  BadCookie: 23,
} as const;

/** Bits of the header's second 16-bit word (RFC 1035, section 4.1.1; RFC 4035 for AD and CD). */
export const HeaderFlag = {
  QR: 0x8000,
  AA: 0x0400,
  TC: 0x0200,
  RD: 0x0100,
  RA: 0x0080,
  Z: 0x0040,
  AD: 0x0020,
  CD: 0x0010,
} as const;

/** EDNS option codes (IANA "DNS EDNS0 Option Codes"). */
export const OptionCode = {
  NSID: 3,
  ClientSubnet: 8,
  Expire: 9,
  Cookie: 10,
  TcpKeepalive: 11,
  Padding: 12,
  ExtendedError: 15,
} as const;

const rcodeNames: Record<number, string> = {
  0: 'NOERROR',
  1: 'FORMERR',
  2: 'SERVFAIL',
  3: 'NXDOMAIN',
  4: 'NOTIMP',
  5: 'REFUSED',
  6: 'YXDOMAIN',
  7: 'YXRRSET',
  8: 'NXRRSET',
  9: 'NOTAUTH',
  10: 'NOTZONE',
  16: 'BADVERS',
  17: 'BADKEY',
  18: 'BADTIME',
  19: 'BADMODE',
  20: 'BADNAME',
  21: 'BADALG',
  22: 'BADTRUNC',
  23: 'BADCOOKIE',
};

const typeNames = invert(RecordType);
const classNames = invert(RecordClass);

/** `NXDOMAIN`; `RCODE<n>` for a number without a name. */
export function rcodeName(rcode: number): string {
  return rcodeNames[rcode] ?? `RCODE${rcode}`;
}

/** `AAAA`; `TYPE<n>` for a number without a name (RFC 3597, section 5). */
export function typeName(type: number): string {
  return typeNames.get(type) ?? `TYPE${type}`;
}

/** `IN`; `CLASS<n>` for a number without a name (RFC 3597, section 5). */
export function className(recordClass: number): string {
  return classNames.get(recordClass) ?? `CLASS${recordClass}`;
}

/** The number of a type's name in any letter case, or of `TYPE<n>`; undefined when there is none. */
export function typeFromName(name: string): number | undefined {
  return numberFromName(RecordType, 'TYPE', name);
}

/** The number of a class's name in any letter case, or of `CLASS<n>`; undefined when there is none. */
export function classFromName(name: string): number | undefined {
  return numberFromName(RecordClass, 'CLASS', name);
}

/** The number of an rcode's name in any letter case (`NXDOMAIN`); undefined when there is none. */
export function rcodeFromName(name: string): number | undefined {
  const upper = name.toUpperCase();
  for (const [number, known] of Object.entries(rcodeNames)) if (known === upper) return Number(number);
  return undefined;
}

function numberFromName(table: Record<string, number>, prefix: string, name: string): number | undefined {
  const upper = name.toUpperCase();
  if (Object.hasOwn(table, upper)) return table[upper];
  if (!upper.startsWith(prefix) || !/^\d{1,5}$/.test(upper.slice(prefix.length))) return undefined;
  const number = Number(upper.slice(prefix.length));
  return number <= 0xffff ? number : undefined;
}

function invert(table: Record<string, number>): Map<number, string> {
  return new Map(Object.entries(table).map(([name, number]) => [number, name]));
}
