import { readFileSync } from 'node:fs';

/**
 * Datagrams that Linux dropped at the sockets of some UDP ports, because their buffers were full: on a machine that is
 * too busy a program does not receive what it was sent.
 */
export function droppedDatagrams(ports: ReadonlySet<number>): number {
  let sum = 0;
  for (const line of readFileSync('/proc/net/udp', 'latin1').split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    const port = Number.parseInt(fields[1]?.split(':')[1] ?? '', 16);
    if (ports.has(port)) sum += Number(fields.at(-1));
  }
  return sum;
}
