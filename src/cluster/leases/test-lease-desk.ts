import type { FakeClock } from '../../../test/kit/fake-clock.ts';
import { ScriptedApiConnection } from '../../../test/kit/scripted-api-connection.ts';
import type { ScriptedRequest } from '../../../test/kit/scripted-api-connection.ts';
import { createLogger } from '../../log/logger.ts';
import { seededRandom } from '../../plugin/random.ts';
import type { ApiCall, ApiResponseListener } from '../api-server/api-connection.ts';
import { LeaseCandidate } from './lease-candidate.ts';

/** Milliseconds that a request takes. */
const LATENCY = 5;
export const LEASES = '/apis/coordination.k8s.io/v1/namespaces/dns/leases';

/** What is written of a Lease. */
export interface WrittenLease {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly resourceVersion?: string;
    readonly labels?: object;
  };
  readonly spec: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

/** An API server that has one Lease, or none yet. */
export class LeaseDesk extends ScriptedApiConnection {
  readonly namespace = 'dns';
  readonly clock: FakeClock;
  lease: WrittenLease | undefined;
  /** `never`: says nothing at all. */
  mood: 'good' | 'never' | 'broken' | number = 'good';
  /** What is denied alone while the mood is a number; '' for all. */
  moodOf: ApiCall['method'] | '' = '';
  #versions = 0;

  constructor(clock: FakeClock) {
    super();
    this.clock = clock;
  }

  /** Verbs since the last look at them. */
  asked(): string[] {
    return this.requests.splice(0).map(({ method }) => method);
  }

  /** Somebody else writes it. */
  put(holderIdentity: string): void {
    const metadata = { name: 'a-link', namespace: 'dns', resourceVersion: String(++this.#versions) };
    this.lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec: { holderIdentity } };
  }

  override send(call: ApiCall, listener: ApiResponseListener): ScriptedRequest {
    const request = super.send(call, listener);
    if (this.mood !== 'never') {
      this.clock.after(LATENCY, () => {
        if (!request.cancelled) this.#answer(request);
      });
    }
    return request;
  }

  #answer(request: ScriptedRequest): void {
    const { method, path, body } = request;
    if (this.mood === 'broken') return request.end(new Error('connect ECONNRESET'));
    if (typeof this.mood === 'number' && [method, ''].includes(this.moodOf)) {
      return request.refuse(this.mood, 'Forbidden');
    }
    if (path !== (method === 'POST' ? LEASES : `${LEASES}/a-link`)) return request.refuse(405);
    if (method === 'GET' && this.lease === undefined) return request.refuse(404, 'NotFound');
    if (method !== 'GET') {
      const written = body as WrittenLease;
      const { resourceVersion } = written.metadata;
      if (method === 'PUT' && this.lease === undefined) return request.refuse(404, 'NotFound');
      if (resourceVersion !== this.lease?.metadata.resourceVersion) return request.refuse(409, 'Conflict');
      const metadata = { ...written.metadata, resourceVersion: String(++this.#versions) };
      this.lease = { ...written, metadata };
    }
    request.accept('application/json', method === 'POST' ? 201 : 200).send(this.lease);
    request.end();
  }
}

/** Somebody who would hold the desk's lease. */
export class Applicant {
  readonly lines: string[] = [];
  readonly part: LeaseCandidate;
  isAside = false;
  /** When the first word came, in milliseconds of the clock. */
  heardAt: number | undefined;

  constructor(desk: LeaseDesk, holder: string, seed = 1) {
    const wish = {
      name: 'a-link',
      holder,
      isAside: () => this.isAside,
      heard: () => void (this.heardAt = desk.clock.monotonic()),
    };
    const log = createLogger((line) => this.lines.push(line));
    this.part = new LeaseCandidate(wish, { clock: desk.clock, random: seededRandom(seed), log });
    this.part.begin(desk);
  }

  get holder(): string | undefined {
    return this.part.holder;
  }
}
