import { isIPv6 } from 'node:net';

/**
 * The 4 or 16 bytes of an IP address in text; undefined when it is none. A zone (`fe80::1%eth0`) is cut off.
 * An IPv4-mapped address (`::ffff:192.0.2.1`) stays IPv6.
 */
export function addressBytes(text: string): Uint8Array | undefined {
  const word = ipv4Word(text);
  if (word !== undefined) return wordBytes(word);
  const zone = text.indexOf('%');
  const plain = zone < 0 ? text : text.slice(0, zone);
  return isIPv6(plain) ? ipv6Bytes(plain) : undefined;
}

/** An address in text, IPv6 in the form of RFC 5952. `bytes` are 4 or 16 long. */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}`;
  const groups: number[] = [];
  for (let index = 0; index < 16; index += 2) groups.push((bytes[index]! << 8) | bytes[index + 1]!);
  const [start, length] = longestZeroRun(groups);
  if (length < 2) return groups.map((group) => group.toString(16)).join(':');
  const left = groups.slice(0, start).map((group) => group.toString(16));
  const right = groups.slice(start + length).map((group) => group.toString(16));
  return `${left.join(':')}::${right.join(':')}`;
}

/** The name under in-addr.arpa. or ip6.arpa. that stands for an address (RFC 1035, section 3.5; RFC 3596, 2.5). */
export function reverseName(bytes: Uint8Array): string {
  if (bytes.length === 4) return `${bytes[3]}.${bytes[2]}.${bytes[1]}.${bytes[0]}.in-addr.arpa.`;
  let name = '';
  for (let index = 15; index >= 0; index--) {
    name += `${(bytes[index]! & 15).toString(16)}.${(bytes[index]! >> 4).toString(16)}.`;
  }
  return `${name}ip6.arpa.`;
}

/**
 * The address that a full name under in-addr.arpa. or ip6.arpa. stands for; undefined when it is not one,
 * or only a part of one. `name` is lower case and fully qualified.
 */
export function addressFromReverseName(name: string): Uint8Array | undefined {
  if (name.endsWith('.in-addr.arpa.')) return reversedIPv4(name.slice(0, -'.in-addr.arpa.'.length));
  if (!name.endsWith('.ip6.arpa.')) return undefined;
  const nibbles = name.slice(0, -'.ip6.arpa.'.length);
  if (nibbles.length !== 63) return undefined;
  const bytes = new Uint8Array(16);
  for (let index = 0; index < 32; index++) {
    const value = hexValue(nibbles.charCodeAt(index * 2));
    if (value < 0 || (index < 31 && nibbles.charCodeAt(index * 2 + 1) !== 46)) return undefined;
    const byte = 15 - (index >> 1);
    bytes[byte] = bytes[byte]! | ((index & 1) === 0 ? value : value << 4);
  }
  return bytes;
}

/** An IPv4 address in text as a signed number of 32 bits, first byte highest; undefined when it is none. */
export function ipv4Word(text: string): number | undefined {
  let word = 0;
  let dots = 0;
  let value = 0;
  let digits = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 46) {
      if (digits === 0 || ++dots > 3) return undefined;
      word = (word << 8) | value;
      value = 0;
      digits = 0;
    } else {
      // 256 and more, a zero in front, or no digit.
      if (code < 48 || code > 57 || (digits > 0 && value === 0)) return undefined;
      value = value * 10 + code - 48;
      digits++;
      if (value > 255) return undefined;
    }
  }
  return dots === 3 && digits > 0 ? (word << 8) | value : undefined;
}

function reversedIPv4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const address = parts.reverse().join('.');
  const word = ipv4Word(address);
  return word === undefined ? undefined : wordBytes(word);
}

function wordBytes(word: number): Uint8Array {
  const bytes = new Uint8Array(4);
  bytes[0] = word >>> 24;
  bytes[1] = word >>> 16;
  bytes[2] = word >>> 8;
  bytes[3] = word;
  return bytes;
}

function ipv6Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(16);
  const gap = text.indexOf('::');
  const left = gap < 0 ? ipv6Groups(text) : ipv6Groups(text.slice(0, gap));
  const right = gap < 0 ? [] : ipv6Groups(text.slice(gap + 2));
  bytes.set(left, 0);
  bytes.set(right, 16 - right.length);
  return bytes;
}

function ipv6Groups(text: string): number[] {
  const bytes: number[] = [];
  if (text === '') return bytes;
  for (const group of text.split(':')) {
    if (group.includes('.')) bytes.push(...wordBytes(ipv4Word(group)!));
    else {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    }
  }
  return bytes;
}

function longestZeroRun(groups: readonly number[]): [start: number, length: number] {
  let best = 0;
  let bestLength = 0;
  let start = 0;
  for (let index = 0; index <= groups.length; index++) {
    if (index < groups.length && groups[index] === 0) continue;
    if (index - start > bestLength) {
      best = start;
      bestLength = index - start;
    }
    start = index + 1;
  }
  return [best, bestLength];
}

function hexValue(code: number): number {
  if (code > 47 && code < 58) return code - 48;
  return code > 96 && code < 103 ? code - 87 : -1;
}
