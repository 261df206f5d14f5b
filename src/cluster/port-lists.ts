import type { PortRecord } from './cluster-reader.ts';
import type { PortInput } from './cluster-writer.ts';
import { isDnsLabel } from './dns-label.ts';
import type { IntakeFaults } from './intake-faults.ts';
import { compactString } from './string-pool.ts';

/** What an object without ports has, as CoreDNS has it: one port without a number, so that its addresses count. */
const NO_PORTS: readonly PortRecord[] = Object.freeze([{ name: '', protocol: '', number: -1 }]);

/** Key of a list that says the same in so many words. */
const NO_PORTS_KEY = '//-1';

const BYTES_A_PORT = 48;
const BYTES_A_LIST = 200;

interface PortedInput {
  readonly namespace: string;
  readonly name: string;
  readonly ports: readonly PortInput[];
}

/** Port lists, each different one once: a thousand slices mostly share a handful. Equal lists are identical. */
export class PortLists {
  readonly #faults: IntakeFaults;
  readonly #held = new Map<string, { readonly ports: readonly PortRecord[]; references: number }>();
  /** The key of each list, so that giving one back need not make it again. */
  readonly #keys = new Map<readonly PortRecord[], string>();
  #ports = 0;

  constructor(faults: IntakeFaults) {
    this.#faults = faults;
  }

  /** The list that equals the object's ports in lower case, with one more reference to it. */
  take(kind: 'Service' | 'EndpointSlice', object: PortedInput): readonly PortRecord[] {
    if (object.ports.length === 0) return NO_PORTS;
    const ports = object.ports.map((port) => ({
      name: this.#label(kind, object, port.name),
      protocol: this.#label(kind, object, port.protocol),
      number: portNumber(port.number),
    }));
    const key = ports.map((port) => `${port.name}/${port.protocol}/${port.number}`).join();
    if (key === NO_PORTS_KEY) return NO_PORTS;
    const known = this.#held.get(key);
    if (known !== undefined) {
      known.references++;
      return known.ports;
    }
    this.#held.set(key, { ports, references: 1 });
    this.#keys.set(ports, key);
    this.#ports += ports.length;
    return ports;
  }

  release(ports: readonly PortRecord[]): void {
    const key = this.#keys.get(ports);
    if (key === undefined) return;
    const held = this.#held.get(key)!;
    if (--held.references > 0) return;
    this.#held.delete(key);
    this.#keys.delete(ports);
    this.#ports -= ports.length;
  }

  /** How many different lists are held, without the empty one. */
  get size(): number {
    return this.#held.size;
  }

  /** Estimated. */
  get bytes(): number {
    return this.#held.size * BYTES_A_LIST + this.#ports * BYTES_A_PORT;
  }

  /** A name that DNS cannot serve is as good as none. */
  #label(kind: 'Service' | 'EndpointSlice', object: PortedInput, written: string): string {
    const name = written.toLowerCase();
    if (name === '' || isDnsLabel(name)) return compactString(name);
    this.#faults.report(kind, object, 'invalid port name', written);
    return '';
  }
}

function portNumber(number: number): number {
  return Number.isInteger(number) && number >= 0 && number <= 65_535 ? number : -1;
}
