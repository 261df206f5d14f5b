import { LinkBrowser, ServiceBrowser } from '../../mdns/browsing/service-browser.ts';
import type { LinkService, ServiceListener } from '../../mdns/browsing/link-service.ts';
import { firstLabelText } from '../../mdns/responder/service-label.ts';
import type { BrowseWords } from './command-line.ts';
import { openLinks } from './open-links.ts';
import { scopedAddresses, serviceColumns } from './service-columns.ts';
import { ServiceTable } from './service-table.ts';

/** What happens to a service. */
type Event = 'found' | 'changed' | 'lost';

/** `signpost browse`: shows what is on the links, until it is ended: a live table in a terminal, else a line for each event. */
export async function browse({ type, interfaces, json }: BrowseWords): Promise<void> {
  const table = !json && process.stdout.isTTY ? new ServiceTable(process.stdout) : undefined;
  await openLinks(interfaces, (engine) => {
    const link = engine.link.name;
    const tell = (event: Event, service: LinkService): void => {
      if (table === undefined) print(json ? jsonLine(event, link, service) : textLine(event, link, service));
      else if (event === 'lost') table.remove(link, service);
      else table.put(link, service);
    };
    const listener: ServiceListener = {
      found: (service) => tell('found', service),
      changed: (service) => tell('changed', service),
      lost: (service) => tell('lost', service),
    };
    if (type === undefined) new LinkBrowser(engine, listener);
    else new ServiceBrowser(engine, type, listener);
  });
}

/** One object, all of whose fields are always there. */
export function jsonLine(event: Event, link: string, service: LinkService): string {
  const { name, type, host, port, text } = service;
  const instance = firstLabelText(name);
  const addresses = scopedAddresses(link, service);
  return JSON.stringify({ event, interface: link, instance, type, host, port, addresses, text });
}

const SIGNS: Readonly<Record<Event, string>> = { found: '+', changed: '~', lost: '-' };

function textLine(event: Event, link: string, service: LinkService): string {
  return [SIGNS[event], link, ...serviceColumns(link, service)].join('  ').trimEnd();
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
