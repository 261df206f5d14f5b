import type {
  ClusterWriter,
  EndpointSliceInput,
  PodInput,
  ServiceInput,
} from '../../src/cluster/cluster-writer.ts';

/** A cluster store that remembers what it was told: the objects as they are, and the calls in order. */
export class RecordingClusterWriter implements ClusterWriter {
  readonly namespaces = new Set<string>();
  /** By `namespace/name`. */
  readonly services = new Map<string, ServiceInput>();
  readonly slices = new Map<string, EndpointSliceInput>();
  readonly pods = new Map<string, PodInput>();
  /** `putService prod/web`, `setState fresh`, … since they were last taken. */
  calls: string[] = [];
  #waiting: { readonly isTrue: () => boolean; readonly resolve: () => void }[] = [];

  putNamespace(name: string): void {
    this.namespaces.add(name);
    this.#called(`putNamespace ${name}`);
  }

  removeNamespace(name: string): void {
    this.namespaces.delete(name);
    this.#called(`removeNamespace ${name}`);
  }

  putService(service: ServiceInput): void {
    this.services.set(`${service.namespace}/${service.name}`, service);
    this.#called(`putService ${service.namespace}/${service.name}`);
  }

  removeService(namespace: string, name: string): void {
    this.services.delete(`${namespace}/${name}`);
    this.#called(`removeService ${namespace}/${name}`);
  }

  putEndpointSlice(slice: EndpointSliceInput): void {
    this.slices.set(`${slice.namespace}/${slice.name}`, slice);
    this.#called(`putEndpointSlice ${slice.namespace}/${slice.name}`);
  }

  removeEndpointSlice(namespace: string, name: string): void {
    this.slices.delete(`${namespace}/${name}`);
    this.#called(`removeEndpointSlice ${namespace}/${name}`);
  }

  putPod(pod: PodInput): void {
    this.pods.set(`${pod.namespace}/${pod.name}`, pod);
    this.#called(`putPod ${pod.namespace}/${pod.name}`);
  }

  removePod(namespace: string, name: string): void {
    this.pods.delete(`${namespace}/${name}`);
    this.#called(`removePod ${namespace}/${name}`);
  }

  setState(state: 'syncing' | 'fresh' | 'stale' | 'lost'): void {
    this.#called(`setState ${state}`);
  }

  /** The calls since the last time. */
  takeCalls(): string[] {
    const { calls } = this;
    this.calls = [];
    return calls;
  }

  /** Resolves after the call that makes `isTrue` so. */
  until(isTrue: () => boolean): Promise<void> {
    if (isTrue()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ isTrue, resolve }));
  }

  /** All endpoints of a Service's slices, as `address:port/port hostname`, sorted. */
  endpoints(namespace: string, service: string): string[] {
    const found: string[] = [];
    for (const slice of this.slices.values()) {
      if (slice.namespace !== namespace || slice.service !== service) continue;
      const ports = slice.ports.map((port) => port.number).join('/');
      for (const { addresses, hostname } of slice.endpoints) {
        for (const address of addresses) found.push(`${address}:${ports} ${hostname}`.trimEnd());
      }
    }
    return found.sort();
  }

  #called(call: string): void {
    this.calls.push(call);
    this.#waiting = this.#waiting.filter(({ isTrue, resolve }) => {
      if (!isTrue()) return true;
      resolve();
      return false;
    });
  }
}
