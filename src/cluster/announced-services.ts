import { isIP } from 'node:net';
import type { AnnouncedService } from '../plugin/capability.ts';
import type { AnnouncementInput, PortInput, ServiceInput } from './cluster-writer.ts';
import type { EndpointTable } from './endpoint-table.ts';
import { Field } from './endpoint-rows.ts';
import type { IntakeFaults } from './intake-faults.ts';
import type { StoredService } from './stored-service.ts';

/** A service type of DNS-SD (RFC 6763, section 7; RFC 6335, section 5.1). */
const TYPE = /^_(?=[a-z0-9-]*[a-z])[a-z0-9](?:[a-z0-9-]{0,13}[a-z0-9])?\._(?:tcp|udp)$/i;
/** Bytes of an instance's name, and of a string of its TXT record. */
const LONGEST_NAME = 63;
const LONGEST_TEXT = 255;
/** Bytes of a TXT record that goes into one packet with all else (RFC 6763, section 6.2). */
const LONGEST_TEXTS = 1000;
/** Addresses of a Service that are told. */
const MOST_ADDRESSES = 16;

/** The few Services that are to be announced on links. Those that are not cost nothing but a look at a number. */
export class AnnouncedServices {
  readonly #endpoints: EndpointTable;
  readonly #services = new Map<StoredService, Announcement>();
  readonly #listeners = new Set<() => void>();

  constructor(endpoints: EndpointTable) {
    this.#endpoints = endpoints;
  }

  /** Takes in a Service as it is now. */
  put(service: StoredService, input: ServiceInput, faults: IntakeFaults): void {
    const announcement = input.announcement && readAnnouncement(input, input.announcement, faults);
    if (announcement !== undefined) this.#services.set(service, announcement);
    else if (this.#services.size === 0 || !this.#services.delete(service)) return;
    this.#tell();
  }

  remove(service: StoredService): void {
    if (this.#services.size > 0 && this.#services.delete(service)) this.#tell();
  }

  /** The endpoints of a Service are others. */
  touch(service: StoredService | undefined): void {
    if (this.#services.size > 0 && service !== undefined && this.#services.has(service)) this.#tell();
  }

  /** What was written of a Service; undefined where it is not to be announced. */
  inputOf(service: StoredService): AnnouncementInput | undefined {
    return this.#services.get(service)?.input;
  }

  /** Tells of every change, at once: `list` is to be called later. Returns what ends that. */
  follow(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  list(): AnnouncedService[] {
    return [...this.#services].map(([service, { input, ...announcement }]) => ({
      namespace: service.namespace,
      name: service.name,
      ...announcement,
      isLocal: input.isLocal,
      readyNodes: this.#readyNodes(service),
    }));
  }

  #readyNodes(service: StoredService): ReadonlySet<string> {
    const nodes = new Set<string>();
    for (const { first, count } of service.slices) {
      for (let row = first; row < first + count; row++) nodes.add(this.#endpoints.string(row, Field.node));
    }
    return nodes;
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

type Announcement = Pick<
  AnnouncedService,
  'instance' | 'type' | 'txt' | 'port' | 'nodePort' | 'addresses'
> & { readonly input: AnnouncementInput };

function readAnnouncement(
  service: ServiceInput,
  input: AnnouncementInput,
  faults: IntakeFaults,
): Announcement | undefined {
  const type = input.type.trim();
  if (!TYPE.test(type)) {
    faults.report('Service', service, 'invalid mdns type', input.type);
    return undefined;
  }
  if (service.type === 'ExternalName') return undefined;
  const port = portFor(type, service.ports);
  if (port === undefined) return undefined;
  return {
    input,
    instance: instanceOf(service, input, faults),
    type,
    txt: textsOf(service, input, faults),
    port: port.number,
    nodePort: input.nodePorts[service.ports.indexOf(port)] ?? 0,
    addresses: service.externalAddresses.filter((address) => isIP(address) !== 0).slice(0, MOST_ADDRESSES),
  };
}

/** The port that is called like the type (`http`), else the first one of its protocol. */
function portFor(type: string, ports: readonly PortInput[]): PortInput | undefined {
  const [word, protocol] = type.toLowerCase().split('._');
  const fitting = ports.filter((port) => port.protocol.toLowerCase() === protocol);
  return fitting.find(({ name }) => `_${name.toLowerCase()}` === word) ?? fitting[0];
}

function instanceOf(service: ServiceInput, input: AnnouncementInput, faults: IntakeFaults): string {
  const instance = input.instance.trim().normalize('NFC');
  if (instance === '') return service.name;
  if (Buffer.byteLength(instance) <= LONGEST_NAME && !hasControls(instance)) return instance;
  faults.report('Service', service, 'invalid mdns name', input.instance);
  return service.name;
}

/** A control character has no place in a name that people read (RFC 6763, section 4.1.1). */
function hasControls(text: string): boolean {
  for (const character of text) if (character < ' ' || character === '\u007f') return true;
  return false;
}

/** `key=value` or `key`, separated by commas or line ends. */
function textsOf(service: ServiceInput, { txt }: AnnouncementInput, faults: IntakeFaults): string[] {
  const texts = txt
    .split(/[,\n]/)
    .map((text) => text.trim())
    .filter((text) => text !== '');
  let room = LONGEST_TEXTS;
  return texts.filter((text) => {
    const bytes = Buffer.byteLength(text);
    const isSound = !text.startsWith('=') && bytes <= LONGEST_TEXT && bytes < room;
    if (isSound) room -= bytes + 1;
    else faults.report('Service', service, 'invalid mdns text', text);
    return isSound;
  });
}
