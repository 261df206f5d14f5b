import type { Controller } from '../../src/plugin/controller.ts';
import { Upstream } from '../../src/upstream/upstream.ts';
import { HeaderFlag, Rcode, RecordClass, RecordType } from '../../src/wire/codes.ts';

/** `answered`: whatever it says but SERVFAIL; `failed`: SERVFAIL, or no answer. */
export type ProbeOutcome = 'answered' | 'failed';

/** Asks for HINFO of a name; never rejects. */
export type SendProbe = (name: string) => Promise<ProbeOutcome>;

/** Milliseconds: longer than `forward` takes to give up. */
const TIMEOUT = 6000;

/** Asks one of this server's own listeners by UDP, from a new port each time. */
export function probeOf(address: string, port: number, { clock, random }: Controller): SendProbe {
  return async (name) => {
    const limits = { expire: TIMEOUT, maximumAge: TIMEOUT, maximumIdle: 0 };
    const self = new Upstream({ address, port, clock, random, ...limits });
    const question = { name, type: RecordType.HINFO, class: RecordClass.IN };
    try {
      const query = { flags: HeaderFlag.RD, question, edns: undefined };
      const { rcode } = await self.exchange(query, 'udp', TIMEOUT);
      return rcode === Rcode.ServerFailure ? 'failed' : 'answered';
    } catch {
      return 'failed';
    } finally {
      self.abort();
    }
  };
}
