import type { Dependencies } from '../../src/truth/dependencies.ts';
import { addressBytes } from '../../src/wire/address.ts';
import type { Backend } from './backend.ts';

/**
 * The address, in 4 or 16 bytes, that a pod's name spells (`1-2-3-4`, `fd00--1`), if the directive's `pods` lets it
 * pass. The namespace has been looked at already.
 */
export function findPod(
  backend: Backend,
  label: string,
  namespace: string,
  dependencies: Dependencies,
): Uint8Array | undefined {
  const text = spelledAddress(label);
  // A zone of a link-local address has no place in a name.
  const address = text.includes('%') ? undefined : addressBytes(text);
  if (address === undefined) return undefined;
  if (backend.options.pods === 'insecure') return unmapped(address);
  const { cluster, cells } = backend;
  dependencies.read(cells, cluster.addressCell(address));
  for (const pod of cluster.podsAt(text)) if (pod.namespace === namespace) return unmapped(address);
  return undefined;
}

/** Three dashes, none beside another, stand for dots; else they stand for colons. */
function spelledAddress(label: string): string {
  let dashes = 0;
  for (let at = label.indexOf('-'); at >= 0; at = label.indexOf('-', at + 1)) dashes++;
  return dashes === 3 && !label.includes('--') ? label.replaceAll('-', '.') : label.replaceAll('-', ':');
}

/** An IPv4-mapped IPv6 address (`--ffff-102-304`) stands for the IPv4 address, as in CoreDNS. */
function unmapped(address: Uint8Array): Uint8Array {
  if (address.length === 4) return address;
  for (let index = 0; index < 10; index++) if (address[index] !== 0) return address;
  return address[10] === 0xff && address[11] === 0xff ? address.slice(12) : address;
}
