import type { Query } from '../../src/server/query.ts';
import { addressBytes } from '../../src/wire/address.ts';

/** What goes into an EDNS option. */
export interface OptionData {
  /** Undefined when there is none for this query: the rule is not about it. */
  of(query: Query): Uint8Array | undefined;
}

/** The same for every query. */
export function constantData(data: Uint8Array): OptionData {
  return { of: () => data };
}

/**
 * Of a variable such as `{client_ip}`: addresses as 4 or 16 bytes, numbers as two, all else as text.
 * @param name without braces
 * @returns undefined when there is no such variable
 */
export function variableData(name: string): OptionData | undefined {
  const of = Object.hasOwn(variables, name) ? variables[name] : undefined;
  if (of !== undefined) return { of };
  // Metadata of other plugins: nobody offers any yet, so it is missing for every query.
  return /^[^/]+\/.+$/.test(name) ? { of: () => undefined } : undefined;
}

/** `{qname}`, `{qtype}` and the others. */
export function variableNames(): string[] {
  return Object.keys(variables).map((name) => `{${name}}`);
}

/** The client's network (RFC 7871, section 6): so many bits of its address. */
export class SubnetData implements OptionData {
  readonly #bits4: number;
  readonly #bits6: number;

  constructor(bits4: number, bits6: number) {
    this.#bits4 = bits4;
    this.#bits6 = bits6;
  }

  of({ client }: Query): Uint8Array | undefined {
    const address = addressBytes(client.address);
    if (address === undefined) return undefined;
    const bits = address.length === 4 ? this.#bits4 : this.#bits6;
    const length = Math.ceil(bits / 8);
    const data = new Uint8Array(4 + length);
    data[1] = address.length === 4 ? 1 : 2;
    data[2] = bits;
    data.set(address.subarray(0, length), 4);
    // Bits behind the prefix are 0.
    if (bits % 8 > 0) data[3 + length]! &= 0xff << (8 - (bits % 8));
    return data;
  }
}

const variables: Readonly<Record<string, (query: Query) => Uint8Array | undefined>> = {
  qname: ({ originalName }) => Buffer.from(originalName, 'latin1'),
  qtype: ({ type }) => word(type),
  client_ip: ({ client }) => addressBytes(client.address),
  client_port: ({ client }) => word(client.port),
  protocol: ({ client }) => Buffer.from(client.protocol),
  server_ip: ({ client }) => addressBytes(client.localAddress),
  server_port: ({ client }) => word(client.localPort),
};

function word(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value);
}
