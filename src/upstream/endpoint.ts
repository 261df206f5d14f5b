import { isIPv6 } from 'node:net';
import type { Clock } from '../plugin/clock.ts';
import type { Random } from '../plugin/random.ts';

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
  readonly clock: Clock;
  readonly random: Random;
}

/** `192.0.2.1:53`, `[2001:db8::1]:53`. */
export function endpointName(address: string, port: number): string {
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}
