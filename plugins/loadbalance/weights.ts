import { addressBytes } from '../../src/wire/address.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';

const DEFAULT_WEIGHT = 1;
const MAXIMUM_WEIGHT = 255;

/** How often an address of a name comes first. */
export class Weights {
  /** By owner in lower case, then by the address's bytes as Latin-1 text. */
  readonly #domains: ReadonlyMap<string, ReadonlyMap<string, number>>;

  private constructor(domains: ReadonlyMap<string, ReadonlyMap<string, number>>) {
    this.#domains = domains;
  }

  /** Nobody has a weight of its own. */
  static readonly none: Weights = new Weights(new Map());

  /**
   * Reads lines of a domain name, each followed by lines of an address and its weight; `#` begins a comment line.
   * @throws Error naming the line
   */
  static parse(text: string): Weights {
    const domains = new Map<string, Map<string, number>>();
    let current: Map<string, number> | undefined;
    for (const [index, line] of text.split('\n').entries()) {
      const words = line.trim().split(/\s+/);
      const [first, second] = words as [string, string?];
      if (first === '' || first.startsWith('#')) continue;
      const address = addressBytes(first);
      const fail = (problem: string): never => {
        throw new Error(`line ${index + 1}: ${problem}`);
      };
      if (words.length > 2) fail(`'${line.trim()}' is neither a domain name nor an address and its weight`);
      if (second === undefined) {
        if (address !== undefined) fail(`expected a domain name; is the weight behind ${first} missing?`);
        const domain = (first.endsWith('.') ? first : `${first}.`).toLowerCase();
        current = domains.get(domain) ?? new Map();
        domains.set(domain, current);
        continue;
      }
      if (address === undefined) return fail(`'${first}' is not an IP address`);
      const weight = /^\d+$/.test(second) ? Number(second) : 0;
      if (weight < 1 || weight > MAXIMUM_WEIGHT)
        fail(`invalid weight '${second}'; expected 1 to ${MAXIMUM_WEIGHT}`);
      if (current === undefined) return fail('a domain name must stand before the first address');
      // Of an address that stands twice the first weight counts, as in CoreDNS.
      const key = addressKey(address);
      if (!current.has(key)) current.set(key, weight);
    }
    return new Weights(domains);
  }

  /** The weight of an A or AAAA record: 1 unless the file says otherwise. */
  readonly of = (record: ResourceRecord): number => {
    const addresses = this.#domains.get(record.name.toLowerCase());
    return addresses?.get(addressKey(record.data)) ?? DEFAULT_WEIGHT;
  };
}

function addressKey(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
