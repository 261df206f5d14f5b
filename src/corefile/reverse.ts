import { isIPv4, isIPv6 } from 'node:net';

/**
 * The reverse zones of a network in CIDR notation, fully qualified; undefined when the text is not one.
 * A prefix that ends inside a label (8 bits of IPv4, 4 of IPv6) becomes several zones at the next longer boundary:
 * `10.1.0.0/17` is 128 zones. Bits behind the prefix do not count.
 */
export function reverseZones(text: string): string[] | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const prefix = prefixLength(text.slice(slash + 1));
  const address = text.slice(0, slash);
  if (prefix === undefined || address.includes('%')) return undefined;
  if (isIPv4(address)) return prefix > 32 ? undefined : zonesAt(octets(address), prefix, 8, 'in-addr.arpa.');
  if (isIPv6(address)) return prefix > 128 ? undefined : zonesAt(nibbles(address), prefix, 4, 'ip6.arpa.');
  return undefined;
}

/** `labels` are the address's digits, most significant first, `bits` wide each. */
function zonesAt(labels: readonly number[], prefix: number, bits: number, suffix: string): string[] {
  const whole = Math.floor(prefix / bits);
  const rest = prefix % bits;
  const fixed =
    labels.slice(0, whole).reduceRight((zone, label) => `${zone}${digit(label, bits)}.`, '') + suffix;
  if (rest === 0) return [fixed];
  const count = 2 ** (bits - rest);
  const split = labels[whole] ?? 0;
  const first = split - (split % count);
  return Array.from({ length: count }, (_, index) => `${digit(first + index, bits)}.${fixed}`);
}

function digit(label: number, bits: number): string {
  return label.toString(bits === 8 ? 10 : 16);
}

function prefixLength(text: string): number | undefined {
  return /^\d{1,3}$/.test(text) ? Number(text) : undefined;
}

function octets(address: string): number[] {
  return address.split('.').map(Number);
}

function nibbles(address: string): number[] {
  const [before = '', after] = address.split('::');
  const head = groups(before);
  const tail = after === undefined ? [] : groups(after);
  const all = [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail];
  return all.flatMap((group) => [group >> 12, (group >> 8) & 15, (group >> 4) & 15, group & 15]);
}

/** 16-bit groups of a part of an IPv6 address, the last of which may be IPv4 in dots. */
function groups(part: string): number[] {
  if (part === '') return [];
  return part.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = octets(group);
    return [a * 256 + b, c * 256 + d];
  });
}
