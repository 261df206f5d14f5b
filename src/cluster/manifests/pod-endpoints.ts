import { isIPv4 } from 'node:net';
import type { EndpointInput, EndpointSliceInput, PortInput } from '../cluster-writer.ts';
import type { AddressFamily, PodContent, ServiceContent, ServicePortContent } from './manifest-object.ts';

/** Pods by namespace and by each of their labels, to find those that a selector asks for. */
export class PodIndex {
  readonly #pods = new Map<string, PodContent[]>();

  add(pod: PodContent): void {
    for (const name of Object.keys(pod.labels)) {
      const key = indexKey(pod.namespace, name, pod.labels[name]!);
      const pods = this.#pods.get(key);
      if (pods === undefined) this.#pods.set(key, [pod]);
      else pods.push(pod);
    }
  }

  /** Pods that have all labels of a selector, which must not be empty. */
  matching(namespace: string, selector: Readonly<Record<string, string>>): PodContent[] {
    const names = Object.keys(selector);
    let fewest: PodContent[] | undefined;
    for (const name of names) {
      const pods = this.#pods.get(indexKey(namespace, name, selector[name]!)) ?? [];
      if (fewest === undefined || pods.length < fewest.length) fewest = pods;
    }
    return (fewest ?? []).filter((pod) =>
      names.every((name) => Object.hasOwn(pod.labels, name) && pod.labels[name] === selector[name]),
    );
  }
}

/**
 * The slices that Kubernetes' endpoint controllers would write for a Service with a selector: of the Pods that match
 * it and are ready (all that have an address, with publishNotReadyAddresses), one for each address family and set
 * of port numbers.
 *
 * @param families of the Service; empty: each Pod's first address, whatever it is
 */
export function podSlices(
  service: ServiceContent,
  families: readonly AddressFamily[],
  pods: readonly PodContent[],
): EndpointSliceInput[] {
  const slices = new Map<string, { ports: PortInput[]; endpoints: EndpointInput[]; family: AddressFamily }>();
  for (const pod of pods) {
    if (!pod.ready && !service.publishNotReady) continue;
    const ports = service.ports.flatMap((port) => resolvedPort(port, pod));
    for (const [family, address] of addressesOf(pod, families)) {
      const key = `${family} ${JSON.stringify(ports)}`;
      let slice = slices.get(key);
      if (slice === undefined) slices.set(key, (slice = { ports, endpoints: [], family }));
      slice.endpoints.push({
        addresses: [address],
        ready: true,
        hostname: hostnameOf(pod, service),
        targetName: pod.name,
        node: pod.node,
        zone: '',
      });
    }
  }
  // No object of Kubernetes has a name with a slash, so these are nobody else's.
  return [...slices.values()].map(({ ports, endpoints, family }, index) => ({
    namespace: service.namespace,
    name: `${service.name}/pods-${family}-${index}`,
    service: service.name,
    ports,
    endpoints,
  }));
}

function addressesOf(pod: PodContent, families: readonly AddressFamily[]): [AddressFamily, string][] {
  const addresses = pod.addresses.map((text): [AddressFamily, string] => [
    isIPv4(text) ? 'IPv4' : 'IPv6',
    text,
  ]);
  if (families.length === 0) return addresses.slice(0, 1);
  return families.flatMap((family) => addresses.filter(([of]) => of === family).slice(0, 1));
}

/** A port with the number it has in this Pod; none when the Pod has no port of that name and protocol. */
function resolvedPort({ name, protocol, target }: ServicePortContent, pod: PodContent): PortInput[] {
  if (typeof target === 'number') return [{ name, protocol, number: target }];
  const found = pod.ports.find((port) => port.name === target && port.protocol === protocol);
  return found === undefined ? [] : [{ name, protocol, number: found.number }];
}

/**
 * spec.hostname, where spec.subdomain is the Service, as in Kubernetes. A StatefulSet's controller writes both; to
 * those who write its Pods by hand we are kinder: a Pod of a StatefulSet (owner, or its label with the Pod's name)
 * named `…-N` has its name for hostname, in the Service that its subdomain names or, without one, in a headless one.
 */
function hostnameOf(pod: PodContent, service: ServiceContent): string {
  if (pod.hostname !== '') return pod.subdomain === service.name ? pod.hostname : '';
  if (!pod.stateful || !/-\d+$/.test(pod.name)) return '';
  const headless = service.clusterIPs[0] === 'None';
  return pod.subdomain === '' ? (headless ? pod.name : '') : pod.subdomain === service.name ? pod.name : '';
}

function indexKey(namespace: string, name: string, value: string): string {
  return `${namespace} ${name}=${value}`;
}
