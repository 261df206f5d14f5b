import type { LinkService } from '../../mdns/browsing/link-service.ts';
import { firstLabelText } from '../../mdns/responder/service-label.ts';

/** Instance, type, host and port, addresses, text. */
export function serviceColumns({ name, type, host, port, addresses, text }: LinkService): string[] {
  const columns = [
    firstLabelText(name),
    type,
    `${host.replace(/\.$/, '')}:${port}`,
    addresses.join(' '),
    text.join(' '),
  ];
  // What devices say is not for the terminal to obey.
  return columns.map((column) => column.replace(/[\p{Cc}\p{Cf}]/gu, '?'));
}
