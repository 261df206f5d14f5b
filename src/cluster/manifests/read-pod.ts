import type { PortInput } from '../cluster-writer.ts';
import type { PodContent } from './manifest-object.ts';
import { checkAddress, mapAt, mapsAt, portAt, textAt } from './read-value.ts';
import type { ValueMap } from './read-value.ts';

/**
 * What is kept of a Pod; undefined when it is done (phase Succeeded or Failed) or going (it has a
 * deletionTimestamp). @throws {ObjectError}
 */
export function podContent(
  object: ValueMap,
  metadata: ValueMap,
  namespace: string,
  name: string,
  labels: Readonly<Record<string, string>>,
): PodContent | undefined {
  const spec = mapAt(object, 'spec');
  const status = mapAt(object, 'status');
  const phase = textAt(status, 'phase');
  if (phase === 'Succeeded' || phase === 'Failed') return undefined;
  if (textAt(metadata, 'deletionTimestamp') !== '') return undefined;
  const listed = mapsAt(status, 'podIPs').map((entry) => textAt(entry, 'ip'));
  const address = textAt(status, 'podIP');
  const addresses = address === '' ? [] : [...new Set([address, ...listed])].filter((text) => text !== '');
  for (const text of addresses) checkAddress(text, 'status.podIP');
  return {
    namespace,
    name,
    address,
    addresses,
    ready: isReady(status),
    watched: phase !== 'Unknown',
    labels,
    node: textAt(spec, 'nodeName'),
    hostname: textAt(spec, 'hostname'),
    subdomain: textAt(spec, 'subdomain'),
    stateful:
      labels['statefulset.kubernetes.io/pod-name'] === name ||
      mapsAt(metadata, 'ownerReferences').some((owner) => textAt(owner, 'kind') === 'StatefulSet'),
    ports: namedPorts(spec),
  };
}

/** A Pod written by hand that has an address and no conditions at all is meant to be ready. */
function isReady(status: ValueMap): boolean {
  const conditions = mapsAt(status, 'conditions');
  if (conditions.length === 0) return true;
  return conditions.some(
    (condition) => textAt(condition, 'type') === 'Ready' && /^true$/i.test(textAt(condition, 'status')),
  );
}

/** Ports of containers, then of sidecars: initContainers that are always restarted. */
function namedPorts(spec: ValueMap): PortInput[] {
  const sidecars = mapsAt(spec, 'initContainers').filter(
    (entry) => textAt(entry, 'restartPolicy') === 'Always',
  );
  return [...mapsAt(spec, 'containers'), ...sidecars]
    .flatMap((container) => mapsAt(container, 'ports'))
    .map((port) => ({
      name: textAt(port, 'name'),
      protocol: textAt(port, 'protocol') || 'TCP',
      number: portAt(port, 'containerPort'),
    }))
    .filter((port) => port.name !== '');
}
