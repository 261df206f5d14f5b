import type { LibC } from './libc.ts';
import { EAGAIN, EINTR, MSG_NOSIGNAL } from './linux.ts';
import type { MessageRow } from './message-ring.ts';

/**
 * Sends the first `count` messages of a row; gives how many the system would not have. It stops at its first bad one (a
 * client's port 0, say) and tells why only when that comes first: so that one is left out, and the rest goes on.
 * @param flags MSG_DONTWAIT: what finds no room in the socket's buffer counts as refused
 */
export function sendMessages(
  libc: LibC,
  descriptor: number,
  row: MessageRow,
  count: number,
  flags: number,
): number {
  let refused = 0;
  for (let done = 0; done < count;) {
    const sent = libc.sendmmsg(descriptor, row.address(done), count - done, flags | MSG_NOSIGNAL);
    if (sent > 0) {
      done += sent;
      continue;
    }
    const reason = libc.errno();
    if (reason === EINTR) continue;
    if (reason === EAGAIN) return refused + count - done;
    refused++;
    done++;
  }
  return refused;
}
