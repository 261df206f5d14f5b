/**
 * What a plugin that lives outside of this project builds on: the interfaces, the values they carry, and the readers
 * of Corefile arguments that give the same messages everywhere. Whatever is not exported here may change at any time.
 * @module
 */
export type { BlockInfo, Handler, Next, Plugin, Repeatability } from './plugin/plugin.ts';
export type { Controller, ReadinessCheck, Shared } from './plugin/controller.ts';
export type { Clock, Timer } from './plugin/clock.ts';
export type { Random } from './plugin/random.ts';
export { Capability, Debug, ListenAddresses, OtherClasses, RootDirectory } from './plugin/capability.ts';

export type { Arrival, Client, Protocol, Query } from './server/query.ts';
export { Reply } from './server/reply.ts';
export type { ReplyFields } from './server/reply.ts';

export { CorefileError } from './corefile/corefile.ts';
export type { Directive, Position } from './corefile/corefile.ts';
export {
  argumentError,
  duration,
  expectArguments,
  expectNoBlock,
  fallthroughZones,
  integer,
  once,
  oneOf,
  unknownProperty,
  zonesOrKeys,
} from './corefile/arguments.ts';
export { isSubdomain, normaliseZones } from './corefile/zone.ts';
export type { ZoneKey } from './corefile/zone.ts';

export {
  className,
  HeaderFlag,
  Opcode,
  OptionCode,
  Rcode,
  rcodeName,
  RecordClass,
  RecordType,
  typeName,
} from './wire/codes.ts';
export { addressBytes, addressText, reverseName } from './wire/address.ts';
export { nameToWire } from './wire/name.ts';
export { nameInData, soaData, srvData, txtData } from './wire/rdata.ts';
export type { ResourceRecord } from './wire/record.ts';
export type { Edns } from './wire/edns.ts';

export type { Logger } from './log/logger.ts';
export type { Counter, Gauge, Histogram, MetricRegistry } from './metrics/registry.ts';
export type { Dependencies } from './truth/dependencies.ts';
export type { VersionCell, VersionCells } from './truth/version-cells.ts';

export { version } from './version.ts';
