import { CorefileError } from '../../src/corefile/corefile.ts';
import { didYouMean } from '../../src/corefile/nearest.ts';
import { ListenAddresses } from '../../src/plugin/capability.ts';
import type { Controller } from '../../src/plugin/controller.ts';
import { interfaceAddresses, type NetworkInterfaces } from '../../src/transport/local-addresses.ts';
import { addressBytes, addressText } from '../../src/wire/address.ts';
import type { Item, Options } from './parse.ts';

/** Offers the addresses, each once; interfaces have those of this moment. */
export function setup(options: Options, controller: Controller, interfaces: NetworkInterfaces): undefined {
  const addresses = new Set<string>();
  for (const { position, items, except } of options) {
    const left = new Set(items.flatMap((item) => addressesOf(item, interfaces)));
    for (const address of except.flatMap((item) => addressesOf(item, interfaces))) left.delete(address);
    if (left.size === 0) throw new CorefileError(position, 'no address to listen on is left after except');
    for (const address of left) addresses.add(address);
  }
  controller.offer(ListenAddresses, [...addresses]);
}

function addressesOf({ text, position }: Item, interfaces: NetworkInterfaces): string[] {
  const bytes = addressBytes(text);
  if (bytes !== undefined) {
    const zone = text.indexOf('%');
    return [zone < 0 ? addressText(bytes) : addressText(bytes) + text.slice(zone)];
  }
  const local = interfaceAddresses(interfaces, text);
  if (local !== undefined) return local.map(({ address }) => address);
  const names = Object.keys(interfaces());
  throw new CorefileError(
    position,
    `'${text}' is not a valid IP address or interface name${didYouMean(text, names)}; interfaces are ${names.join(', ')}`,
  );
}
