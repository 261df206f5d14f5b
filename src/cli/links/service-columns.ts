import type { LinkService } from '../../mdns/browsing/link-service.ts';
import { firstLabelText } from '../../mdns/responder/service-label.ts';

/** Addresses as programs want them: link-local ones of IPv6 with their interface, `fe80::1%eth0`. */
export function scopedAddresses(link: string, { addresses }: LinkService): string[] {
  return addresses.map((address) => (/^fe[89ab]/.test(address) ? `${address}%${link}` : address));
}

/** Instance, type, host and port, addresses, text. */
export function serviceColumns(link: string, service: LinkService): string[] {
  const { name, type, host, port, text } = service;
  const columns = [
    firstLabelText(name),
    type,
    `${host.replace(/\.$/, '')}:${port}`,
    scopedAddresses(link, service).join(' '),
    text.join(' '),
  ];
  // What devices say is not for the terminal to obey.
  return columns.map((column) => column.replace(/[\p{Cc}\p{Cf}]/gu, '?'));
}
