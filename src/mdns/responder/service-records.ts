import { addressBytes, reverseName } from '../../wire/address.ts';
import { RecordClass, RecordType } from '../../wire/codes.ts';
import { FormatError } from '../../wire/errors.ts';
import { nameToWire } from '../../wire/name.ts';
import { srvData, txtData } from '../../wire/rdata.ts';
import type { LinkRecord } from '../message.ts';
import { labelFromText } from './service-label.ts';

/** Seconds that records with a host in their name or data live, and all others (RFC 6762, section 10). */
const HOST_TTL = 120;
const OTHER_TTL = 4500;
const DOMAIN = 'local.';

/** A service as it is announced (RFC 6763). */
export interface ServiceDescription {
  /** What people see: any text of up to 63 bytes in UTF-8. */
  readonly instance: string;
  /** `_http._tcp`. */
  readonly type: string;
  /** Labels such as `_printer` (RFC 6763, section 7.1). */
  readonly subtypes?: readonly string[];
  /** The host's full name in presentation form: `gateway.local.`. */
  readonly host: string;
  readonly port: number;
  /** 0, as it should be where there is one SRV record (RFC 6763, section 5), unless it tells siblings apart. */
  readonly weight?: number;
  /** `key=value` or `key`, each of up to 255 bytes (RFC 6763, section 6). */
  readonly txt?: readonly string[];
}

/** Records by whether others may have ones of the same name and type, as a publication wants them. */
export interface BuiltRecords {
  readonly unique: readonly LinkRecord[];
  readonly shared: readonly LinkRecord[];
}

/**
 * The records of a service: SRV and TXT of its own, and the pointers of its type, its subtypes and the list of types.
 * @throws FormatError when its instance or type is no name
 */
export function serviceRecords(service: ServiceDescription): BuiltRecords {
  const { type, subtypes = [], host, port, weight = 0, txt = [] } = service;
  const typeName = `${type}.${DOMAIN}`;
  const name = instanceName(service.instance, type);
  const pointers = [typeName, ...subtypes.map((subtype) => `${subtype}._sub.${typeName}`)];
  return {
    unique: [
      record(name, RecordType.SRV, HOST_TTL, srvData(0, weight, port, host), true),
      // Without strings it is one empty string: an empty TXT is none (RFC 6763, section 6.1).
      record(name, RecordType.TXT, OTHER_TTL, txt.length === 0 ? Uint8Array.of(0) : txtData(...txt), true),
    ],
    shared: pointerRecords(name, pointers),
  };
}

/**
 * The records that lead to a service: from its type, then from each of its subtypes, and to the type from the list.
 * @param name full name of the instance
 * @param pointers full names; the first is the type's
 */
export function pointerRecords(name: string, pointers: readonly string[]): LinkRecord[] {
  return [
    ...pointers.map((pointer) => record(pointer, RecordType.PTR, OTHER_TTL, nameToWire(name), false)),
    record(`_services._dns-sd._udp.${DOMAIN}`, RecordType.PTR, OTHER_TTL, nameToWire(pointers[0]!), false),
  ];
}

/**
 * The full name of a service instance in presentation form: `Front\ door._http._tcp.local.`.
 * @throws FormatError when the instance is no label
 */
export function instanceName(instance: string, type: string): string {
  return `${labelFromText(instance)}.${type}.${DOMAIN}`;
}

/**
 * The address records of a host.
 * @param name full, in presentation form
 * @param addresses in text, without a zone
 * @throws FormatError when an address is none
 */
export function hostRecords(name: string, addresses: readonly string[]): LinkRecord[] {
  return addresses.map((address) => {
    const data = bytesOf(address);
    return record(name, data.length === 4 ? RecordType.A : RecordType.AAAA, HOST_TTL, data, true);
  });
}

/**
 * The pointers from a host's addresses to its name. They are shared: what the address belongs to is known without a
 * probe (RFC 6762, section 8.1), and another responder of this machine may say so under a name of its own.
 * @throws FormatError when an address is none
 */
export function reverseRecords(name: string, addresses: readonly string[]): LinkRecord[] {
  return addresses.map((address) =>
    record(reverseName(bytesOf(address)), RecordType.PTR, HOST_TTL, nameToWire(name), false),
  );
}

function bytesOf(address: string): Uint8Array {
  const bytes = addressBytes(address);
  if (bytes === undefined) throw new FormatError(`'${address}' is no address`);
  return bytes;
}

function record(name: string, type: number, ttl: number, data: Uint8Array, unique: boolean): LinkRecord {
  return { name, type, class: RecordClass.IN, ttl, data, unique };
}
