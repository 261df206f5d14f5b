import type { PodRecord } from './cluster-reader.ts';
import type { PodInput } from './cluster-writer.ts';
import { MultiMap } from './multi-map.ts';
import { compactString, type StringPool } from './string-pool.ts';

/** Estimated, with its places in both Maps, without its name and its address. */
const BYTES_A_POD = 180;

interface StoredPod extends PodRecord {
  /** Text of status.podIP; '' when it has none. */
  address: string;
}

/** Pods by namespace and name, and by the text of their address. Names are shared with the endpoints' targets. */
export class PodTable {
  readonly #namespaces = new Map<string, Map<string, StoredPod>>();
  readonly #byAddress = new MultiMap<string, StoredPod>();
  readonly #strings: StringPool;
  #count = 0;
  #addressBytes = 0;

  constructor(strings: StringPool) {
    this.#strings = strings;
  }

  /** @returns the address that the pod had before; undefined when it is new */
  put(namespace: string, name: string, address: string): string | undefined {
    let pods = this.#namespaces.get(namespace);
    if (pods === undefined) {
      pods = new Map();
      this.#namespaces.set(compactString(namespace), pods);
    }
    const held = pods.get(name);
    if (held === undefined) {
      const pod = { name: this.#shared(name), namespace: this.#shared(namespace), address: '' };
      pods.set(pod.name, pod);
      this.#count++;
      this.#setAddress(pod, address);
      return undefined;
    }
    const before = held.address;
    if (before !== address) this.#setAddress(held, address);
    return before;
  }

  /** @returns the address that the pod had; undefined when there was no such pod */
  remove(namespace: string, name: string): string | undefined {
    const pods = this.#namespaces.get(namespace);
    const pod = pods?.get(name);
    if (pods === undefined || pod === undefined) return undefined;
    const before = pod.address;
    this.#setAddress(pod, '');
    pods.delete(name);
    if (pods.size === 0) this.#namespaces.delete(namespace);
    this.#strings.releaseText(name);
    this.#strings.releaseText(namespace);
    this.#count--;
    return before;
  }

  has(namespace: string, name: string): boolean {
    return this.#namespaces.get(namespace)?.has(name) === true;
  }

  *all(): Iterable<PodInput> {
    for (const pods of this.#namespaces.values()) yield* pods.values();
  }

  at(address: string): readonly PodRecord[] {
    return address === '' ? [] : this.#byAddress.get(address);
  }

  /** `namespace/name` of each. */
  *keys(): Iterable<string> {
    for (const [namespace, pods] of this.#namespaces) {
      for (const name of pods.keys()) yield `${namespace}/${name}`;
    }
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#count * BYTES_A_POD + this.#addressBytes;
  }

  #shared(text: string): string {
    return this.#strings.text(this.#strings.take(text));
  }

  #setAddress(pod: StoredPod, address: string): void {
    if (pod.address !== '') this.#byAddress.delete(pod.address, pod);
    this.#addressBytes += address.length - pod.address.length;
    pod.address = compactString(address);
    if (address !== '') this.#byAddress.add(pod.address, pod);
  }
}
