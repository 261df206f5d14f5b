/**
 * An IP address as four 32-bit words, the form in which typed-array columns hold it. An IPv4 address is its one word
 * and three zeros; the family is kept beside, so that 1.2.3.4 and 102:304:: differ.
 */

/** 0 for IPv4, 1 for IPv6. */
export type Family = 0 | 1;

/** @param address 4 or 16 bytes */
export function familyOf(address: Uint8Array): Family {
  return address.length === 16 ? 1 : 0;
}

/** Word `index` (0 to 3) of an address; 0 beyond its end. */
export function wordOf(address: Uint8Array, index: number): number {
  const start = index * 4;
  if (start >= address.length) return 0;
  return (
    (address[start]! << 24) | (address[start + 1]! << 16) | (address[start + 2]! << 8) | address[start + 3]!
  );
}

/**
 * A hash of an address, 32 bits. The seed is drawn when the process starts, so that nobody who may write
 * EndpointSlices can choose addresses that share one chain.
 */
export function hashAddress(
  seed: number,
  family: number,
  first: number,
  second: number,
  third: number,
  fourth: number,
): number {
  let hash = mix(seed ^ first);
  if (family === 1) {
    hash = mix(hash ^ second ^ 0x9e3779b9);
    hash = mix(hash ^ third);
    hash = mix(hash ^ fourth);
  }
  return hash;
}

/** Spreads every bit of a word over all of them (the finaliser of MurmurHash3, a public-domain formula). */
function mix(word: number): number {
  let mixed = word ^ (word >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
