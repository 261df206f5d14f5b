import type { ApiCall } from '../api-server/api-connection.ts';
import { reading } from '../api-server/json/parse.ts';
import { mapAt, textAt } from '../manifests/read-value.ts';
import type { ValueMap } from '../manifests/read-value.ts';

/** Milliseconds for which a lease holds that is not renewed. */
export const LEASE_DURATION = 3000;

/** Which lease: an object of its own in the cluster. */
export interface LeaseName {
  readonly namespace: string;
  readonly name: string;
}

/** A Lease (coordination.k8s.io/v1), as far as holders and those who would be care. */
export interface LeaseObject {
  /** Another one at each change: tells whether it was renewed, whatever the clock of the holder says. */
  readonly resourceVersion: string;
  /** '' where nobody holds it. */
  readonly holder: string;
  readonly acquireTime: string;
  readonly transitions: number;
  /** All of it, others' labels and annotations among it. */
  readonly metadata: ValueMap;
}

/** Reads a parsed Lease. @throws {MalformedObjectError} */
export function readLease(object: ValueMap): LeaseObject {
  return reading(() => {
    const metadata = mapAt(object, 'metadata');
    const spec = mapAt(object, 'spec');
    const transitions = spec['leaseTransitions'];
    return {
      resourceVersion: textAt(metadata, 'resourceVersion'),
      holder: textAt(spec, 'holderIdentity'),
      acquireTime: textAt(spec, 'acquireTime'),
      transitions: typeof transitions === 'number' ? transitions : 0,
      metadata,
    };
  });
}

/** Asks who holds it. */
export function leaseQuestion(name: LeaseName): ApiCall {
  return { method: 'GET', path: `${collection(name)}/${encodeURIComponent(name.name)}` };
}

/** Makes the lease, held. @param now milliseconds since 1970 */
export function leaseCreation(name: LeaseName, holder: string, now: number): ApiCall {
  const object = leaseOf({ ...name }, holder, microTime(now), 0, now);
  return { method: 'POST', path: collection(name), body: JSON.stringify(object) };
}

/**
 * Renews, takes over or (with '' for the holder) releases the lease, if it is still the one that was read.
 * @param now milliseconds since 1970
 */
export function leaseUpdate(name: LeaseName, lease: LeaseObject, holder: string, now: number): ApiCall {
  const isOther = holder !== lease.holder;
  const acquireTime = isOther || lease.acquireTime === '' ? microTime(now) : lease.acquireTime;
  const transitions = lease.transitions + (isOther && holder !== '' ? 1 : 0);
  const object = leaseOf(lease.metadata, holder, acquireTime, transitions, now);
  return { ...leaseQuestion(name), method: 'PUT', body: JSON.stringify(object) };
}

/** @param holder '' for nobody: newer API servers take no empty text */
function leaseOf(
  metadata: object,
  holder: string,
  acquireTime: string,
  leaseTransitions: number,
  now: number,
): object {
  const leaseDurationSeconds = LEASE_DURATION / 1000;
  const renewTime = microTime(now);
  const holderIdentity = holder === '' ? undefined : holder;
  const spec = { holderIdentity, leaseDurationSeconds, acquireTime, renewTime, leaseTransitions };
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec };
}

function collection({ namespace }: LeaseName): string {
  return `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases`;
}

/** metav1.MicroTime wants six digits behind the point. */
function microTime(now: number): string {
  return new Date(now).toISOString().replace('Z', '000Z');
}
