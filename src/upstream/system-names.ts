import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { AddressFamily, FoundAddresses, HostLookup } from './host-lookup.ts';
import { NameServers } from './name-servers.ts';
import type { NameServersSurroundings } from './name-servers.ts';
import { parseResolvConf } from './resolv-conf.ts';

/** Seconds for which the hosts file is believed. */
const HOSTS_TTL = 30;

/** Where the system says how names are looked up. */
export interface SystemFiles {
  readonly hosts: string;
  readonly resolvConf: string;
}

const SYSTEM_FILES: SystemFiles = { hosts: '/etc/hosts', resolvConf: '/etc/resolv.conf' };

/**
 * Addresses as the system's programs look them up: in the hosts file (hosts(5)), which is the last word on a name that
 * it has, then at the name servers of resolv.conf. Names are whole: `search` is passed over. Both files are read at
 * each lookup, of which there are few.
 */
export class SystemNames implements HostLookup {
  readonly #surroundings: NameServersSurroundings;
  readonly #files: SystemFiles;
  #resolvConf: string | undefined;
  #servers: NameServers | undefined;

  constructor(surroundings: NameServersSurroundings, files: SystemFiles = SYSTEM_FILES) {
    this.#surroundings = surroundings;
    this.#files = files;
  }

  async lookUp(host: string, family: AddressFamily): Promise<FoundAddresses> {
    const local = hostsAddresses(read(this.#files.hosts), host);
    if (local.length === 0) return this.#nameServers().lookUp(host, family);
    return { addresses: local.filter((address) => isIP(address) === family), ttl: HOSTS_TTL };
  }

  close(): void {
    this.#servers?.close();
  }

  #nameServers(): NameServers {
    const { resolvConf } = this.#files;
    const text = read(resolvConf);
    if (this.#servers !== undefined && text === this.#resolvConf) return this.#servers;
    const { servers } = parseResolvConf(text);
    if (servers.length === 0) throw new Error(`${resolvConf} names no server`);
    this.#servers?.close();
    this.#resolvConf = text;
    this.#servers = new NameServers(servers, this.#surroundings);
    return this.#servers;
  }
}

/** The addresses of a name (lower case) in the text of a hosts file. */
function hostsAddresses(text: string, host: string): string[] {
  const addresses = new Set<string>();
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (isIP(address) !== 0 && names.some((name) => name.toLowerCase() === host)) addresses.add(address);
  }
  return [...addresses];
}

/** A file that cannot be read says nothing. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
