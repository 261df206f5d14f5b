import type { OpenDatagramSocket } from './datagram-socket.ts';
import { openNodeSocket } from './node-socket.ts';
import { loadPollCalls } from './poll-calls.ts';
import { polledSockets } from './polled-sockets.ts';

/** Environment variable, for clients and upstreams alike; see src/transport/choose-udp.ts, which tells of it in the log. */
const VARIABLE = 'SIGNPOST_UDP';

/** The kind that this process uses, chosen once: all its sockets are watched together. */
export function systemSockets(): OpenDatagramSocket {
  return (chosen ??= chooseSockets(process.env));
}

let chosen: OpenDatagramSocket | undefined;

/** Polled sockets where they can be had and nothing else is asked for. */
export function chooseSockets(environment: Readonly<Record<string, string | undefined>>): OpenDatagramSocket {
  const wanted = environment[VARIABLE] ?? '';
  if (wanted !== '' && wanted !== 'batched') return openNodeSocket;
  try {
    return polledSockets(loadPollCalls());
  } catch {
    // Not Linux, koffi not installed, or a sandbox that refuses a call.
    return openNodeSocket;
  }
}
