import type { PortRecord } from './cluster-reader.ts';
import type { PortInput } from './cluster-writer.ts';
import { isDnsLabel } from './dns-label.ts';
import type { IntakeFaults } from './intake-faults.ts';
import { compactString } from './string-pool.ts';

/** What an object without ports has, as CoreDNS has it: one port without a number, so that its addresses count. */
const NO_PORTS: readonly PortRecord[] = Object.freeze([{ name: '', protocol: '', number: -1 }]);

/** Key of a list that says the same in so many words. */
const NO_PORTS_KEY = '//-1';

/** How many lists are known by what was written. */
const RECENT = 16;

const BYTES_A_PORT = 48;
const BYTES_A_LIST = 200;

interface PortedInput {
  readonly namespace: string;
  readonly name: string;
  readonly ports: readonly PortInput[];
}

interface HeldList {
  readonly ports: readonly PortRecord[];
  references: number;
}

/** Port lists, each different one once: a thousand slices mostly share a handful. Equal lists are identical. */
export class PortLists {
  readonly #faults: IntakeFaults;
  readonly #held = new Map<string, HeldList>();
  /** The key of each list, so that giving one back need not make it again. */
  readonly #keys = new Map<readonly PortRecord[], string>();
  /** What was written last, by the first port's number: most objects repeat it, and it need not be read again. */
  readonly #recent: ({ readonly written: readonly PortInput[]; readonly list: HeldList } | undefined)[] =
    new Array<undefined>(RECENT).fill(undefined);
  #ports = 0;

  constructor(faults: IntakeFaults) {
    this.#faults = faults;
  }

  /** The list that equals the object's ports in lower case, with one more reference to it. */
  take(kind: 'Service' | 'EndpointSlice', object: PortedInput): readonly PortRecord[] {
    if (object.ports.length === 0) return NO_PORTS;
    const place = object.ports[0]!.number & (RECENT - 1);
    const recent = this.#recent[place];
    if (recent !== undefined && isSame(recent.written, object.ports)) {
      recent.list.references++;
      return recent.list.ports;
    }
    const reported = this.#faults.counts.get('invalid port name');
    const list = this.#find(kind, object);
    if (list === undefined) return NO_PORTS;
    list.references++;
    // What is left out is told each time.
    if (this.#faults.counts.get('invalid port name') === reported) {
      this.#recent[place] = { written: object.ports.map(ownPort), list };
    }
    return list.ports;
  }

  #find(kind: 'Service' | 'EndpointSlice', object: PortedInput): HeldList | undefined {
    const ports = object.ports.map((port) => ({
      name: this.#label(kind, object, port.name),
      protocol: this.#label(kind, object, port.protocol),
      number: portNumber(port.number),
    }));
    const key = ports.map((port) => `${port.name}/${port.protocol}/${port.number}`).join();
    if (key === NO_PORTS_KEY) return undefined;
    const known = this.#held.get(key);
    if (known !== undefined) return known;
    const list = { ports, references: 0 };
    this.#held.set(key, list);
    this.#keys.set(ports, key);
    this.#ports += ports.length;
    return list;
  }

  release(ports: readonly PortRecord[]): void {
    const key = this.#keys.get(ports);
    if (key === undefined) return;
    const held = this.#held.get(key)!;
    if (--held.references > 0) return;
    for (let place = 0; place < RECENT; place++) {
      if (this.#recent[place]?.list === held) this.#recent[place] = undefined;
    }
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

function isSame(written: readonly PortInput[], ports: readonly PortInput[]): boolean {
  if (written.length !== ports.length) return false;
  for (let index = 0; index < ports.length; index++) {
    const a = written[index]!;
    const b = ports[index]!;
    if (a.number !== b.number || a.protocol !== b.protocol || a.name !== b.name) return false;
  }
  return true;
}

function ownPort({ name, protocol, number }: PortInput): PortInput {
  return { name: compactString(name), protocol: compactString(protocol), number };
}

function portNumber(number: number): number {
  return Number.isInteger(number) && number >= 0 && number <= 65_535 ? number : -1;
}
