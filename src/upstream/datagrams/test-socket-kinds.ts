import { chooseSockets } from './choose-sockets.ts';
import type { OpenDatagramSocket } from './datagram-socket.ts';
import { openNodeSocket } from './node-socket.ts';

/** The kinds of sockets that this machine has: what is true of one is true of all. */
export const socketKinds: readonly { readonly kind: string; readonly open: OpenDatagramSocket }[] = [
  { kind: 'node:dgram', open: openNodeSocket },
  { kind: 'the best of this machine', open: chooseSockets({}) },
];
