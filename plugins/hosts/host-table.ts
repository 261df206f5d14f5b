import { isSubdomain } from '../../src/corefile/zone.ts';
import { addressBytes, reverseName } from '../../src/wire/address.ts';
import { FormatError } from '../../src/wire/errors.ts';
import { MAXIMUM_NAME_BYTES, readName, writeName } from '../../src/wire/name.ts';

/** The addresses of one name. */
export interface HostAddresses {
  ipv4: readonly Uint8Array[];
  ipv6: readonly Uint8Array[];
}

/** Names and addresses, as the lines of a hosts file give them. */
export class HostTable {
  /** Address of a name and name of an address, each counted once: what `coredns_hosts_entries` counts. */
  size = 0;
  readonly #zones: readonly string[];
  readonly #reverse: boolean;
  readonly #byName = new Map<string, HostAddresses>();
  /** By reverse name, so that a PTR question is one look-up. */
  readonly #names = new Map<string, string[]>();

  /**
   * @param zones names outside of them are left out
   * @param reverse whether names are found by address
   */
  constructor(zones: readonly string[], reverse: boolean) {
    this.#zones = zones;
    this.#reverse = reverse;
  }

  /** The addresses of a name, its own or those of the wildcard that covers it: `*.example.org` for one label. */
  addresses(name: string): HostAddresses | undefined {
    const own = this.#byName.get(name);
    if (own !== undefined) return own;
    const dot = firstDot(name);
    return dot < 0 ? undefined : this.#byName.get(`*${name.slice(dot)}`);
  }

  /** The names of the address that a reverse name stands for. */
  names(reverse: string): readonly string[] | undefined {
    return this.#names.get(reverse);
  }

  /**
   * Adds a line: an address and its names. Comments, and words that are no names, are skipped.
   * @param line each character is a byte
   * @returns whether it has an address
   */
  addLine(line: string): boolean {
    const comment = line.indexOf('#');
    const [text = '', ...names] = (comment < 0 ? line : line.slice(0, comment)).trim().split(BLANKS);
    const written = addressBytes(text);
    if (written === undefined) return false;
    const address = unmapped(written);
    for (const name of names) this.#add(address, name);
    return true;
  }

  #add(address: Uint8Array, word: string): void {
    const name = readHostName(word);
    if (name === undefined || !this.#zones.some((zone) => isSubdomain(zone, name))) return;
    let addresses = this.#byName.get(name);
    if (addresses === undefined) this.#byName.set(name, (addresses = { ipv4: NONE, ipv6: NONE }));
    const family = address.length === 4 ? 'ipv4' : 'ipv6';
    const known = addresses[family];
    if (known === NONE) addresses[family] = [address];
    if (known === NONE || addNew(known as Uint8Array[], address, sameBytes)) this.size++;
    if (!this.#reverse || name.startsWith('*.')) return;
    const reverse = reverseName(address);
    const names = this.#names.get(reverse);
    if (names === undefined) this.#names.set(reverse, [name]);
    else if (!addNew(names, name, Object.is)) return;
    this.size++;
  }
}

/** Shared: most names have addresses of one family only. */
const NONE: readonly Uint8Array[] = [];
const BLANKS = /\s+/;
/** Repeats are looked for among so many only: a set of records has each once (RFC 2181, section 5). */
const COMPARED = 64;
const scratch = new Uint8Array(MAXIMUM_NAME_BYTES + 2);

function addNew<T>(list: T[], item: T, same: (left: T, right: T) => boolean): boolean {
  if (list.length <= COMPARED && list.some((other) => same(other, item))) return false;
  list.push(item);
  return true;
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}

/** There and back, so that a name is spelt as a query spells it; undefined when it is no name. */
function readHostName(word: string): string | undefined {
  try {
    writeName(word, scratch, 0);
    return readName(scratch, 0, true);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/** `::ffff:192.0.2.1` is an IPv4 address in other clothes (RFC 4291, section 2.5.5.2). */
function unmapped(address: Uint8Array): Uint8Array {
  if (address.length === 4 || address[10] !== 255 || address[11] !== 255) return address;
  for (let index = 0; index < 10; index++) if (address[index] !== 0) return address;
  return address.slice(12);
}

/** The dot that ends the first label; -1 for the root. A dot behind a backslash belongs to its label. */
function firstDot(name: string): number {
  for (let index = 0; index < name.length - 1; index++) {
    const code = name.charCodeAt(index);
    if (code === 46) return index;
    if (code === 92) index++;
  }
  return -1;
}
