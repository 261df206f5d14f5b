import { isSubdomain } from '../../src/corefile/zone.ts';
import { LoopDetection } from '../../src/plugin/capability.ts';
import type { LoopWatch } from '../../src/plugin/capability.ts';
import type { Controller } from '../../src/plugin/controller.ts';
import type { Upstream } from '../../src/upstream/upstream.ts';
import { HeaderFlag, Rcode, RecordClass, RecordType } from '../../src/wire/codes.ts';
import type { LineOptions } from './options.ts';
import type { UpstreamAddress } from './upstream-addresses.ts';

/** Milliseconds, as long as a query may take. */
const TIMEOUT = 5000;

/** Has `loop`, if the block has it, find out whether queries to an upstream of a line come back. */
export function watchLoop(
  upstream: Upstream,
  { address, port, file }: UpstreamAddress,
  { from, forceTcp }: LineOptions,
  controller: Controller,
): LoopWatch | undefined {
  const zone = probedZone(from, controller.block.zones);
  if (zone === undefined) return undefined;
  return controller.ask(LoopDetection)?.watch({
    address,
    port,
    ...(file !== undefined && { file }),
    zone,
    async probe(name) {
      const question = { name, type: RecordType.HINFO, class: RecordClass.IN };
      const query = { flags: HeaderFlag.RD, question, edns: undefined };
      try {
        const { rcode } = await upstream.ask(query, forceTcp ? 'tcp' : 'udp', TIMEOUT);
        return rcode !== Rcode.ServerFailure;
      } catch {
        return false;
      }
    },
  });
}

/** What a line forwards of its block's zones; undefined: nothing. */
function probedZone(from: string, zones: readonly string[]): string | undefined {
  if (zones.some((zone) => isSubdomain(zone, from))) return from;
  return zones.find((zone) => isSubdomain(from, zone));
}
