import { isIPv6 } from 'node:net';
import type { Random } from '../plugin/random.ts';
import type { DeadlineQueue } from '../plugin/deadline-queue.ts';
import type { LetterCase } from './letter-case.ts';
import type { DropReason } from './udp-reply.ts';

/** Where an upstream is, and from where it is asked. */
export interface Endpoint {
  /** IP address in text, without brackets. */
  readonly address: string;
  readonly port: number;
  /** Local address to ask from; the system chooses when it is undefined. */
  readonly sourceAddress?: string | undefined;
}

/** What a connection needs of the world. */
export interface Surroundings {
  readonly random: Random;
  /** The times by which replies must have come. */
  readonly deadlines: DeadlineQueue;
  /** By UDP: what is known of the upstream's way with letter case. */
  readonly letterCase?: LetterCase;
  /** Told of each reply that is not believed. */
  readonly replyDropped?: ((reason: DropReason) => void) | undefined;
}

/** `192.0.2.1:53`, `[2001:db8::1]:53`. */
export function endpointName(address: string, port: number): string {
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}
