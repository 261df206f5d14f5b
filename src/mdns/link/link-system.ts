import { networkInterfaces } from 'node:os';
import { unsupportedMachine } from '../../transport/batched/libc.ts';
import { BoundSocket, bindLinkCalls, interfaceIndex } from './bound-socket.ts';
import { PortableSocket } from './datagram-socket.ts';
import type { InterfaceSource } from './interface-watch.ts';
import type { OpenLinkSocket } from './link-socket.ts';

/** How this machine's links are reached. */
export interface LinkSystem {
  readonly interfaces: InterfaceSource;
  readonly open: OpenLinkSocket;
  /** Why links are told apart by addresses alone; undefined where the system tells them apart. */
  readonly weakness: string | undefined;
}

/** Sockets bound to their interfaces where koffi loads, on Linux; Node's own elsewhere. */
export async function loadLinkSystem(): Promise<LinkSystem> {
  const unsupported = unsupportedMachine(process.platform, process.arch);
  if (unsupported !== undefined) return portableSystem(unsupported);
  try {
    const { default: koffi } = await import('koffi');
    const libc = bindLinkCalls(koffi);
    return {
      interfaces: { interfaces: networkInterfaces, index: (name) => interfaceIndex(libc, name) },
      open: (parts) => new BoundSocket(libc, parts),
      weakness: undefined,
    };
  } catch (error) {
    return portableSystem((error as Error).message);
  }
}

function portableSystem(weakness: string): LinkSystem {
  return {
    // Without the system's number an interface that is made anew is known by its addresses.
    interfaces: { interfaces: networkInterfaces, index: () => 1 },
    open: (parts) => new PortableSocket(parts),
    weakness,
  };
}
