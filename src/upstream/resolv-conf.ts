import { isIP } from 'node:net';

/** What a resolv.conf-style file says about name servers. */
export interface ResolvConf {
  /** IP addresses in text, without zone ids, in order. */
  readonly nameservers: readonly string[];
  /** The same with their ports: 53, or what OpenBSD's `[address]:port` says. */
  readonly servers: readonly { readonly address: string; readonly port: number }[];
  /** Words behind `nameserver` that are not IP addresses. */
  readonly invalid: readonly string[];
}

/** Reads the `nameserver` lines (resolv.conf(5)); `search`, `options` and comments are passed over. */
export function parseResolvConf(text: string): ResolvConf {
  const nameservers: string[] = [];
  const servers: { address: string; port: number }[] = [];
  const invalid: string[] = [];
  for (const line of text.split('\n')) {
    const [keyword, word] = line.trim().split(/\s+/);
    if (keyword !== 'nameserver' || word === undefined) continue;
    const server = parseServer(word);
    if (server === undefined) invalid.push(word);
    else {
      nameservers.push(server.address);
      servers.push(server);
    }
  }
  return { nameservers, servers, invalid };
}

function parseServer(word: string): { address: string; port: number } | undefined {
  const bracketed = /^\[(.+)\](?::(\d{1,5}))?$/.exec(word);
  const text = bracketed?.[1] ?? word;
  const zone = text.indexOf('%');
  const address = zone < 0 ? text : text.slice(0, zone);
  const port = Number(bracketed?.[2] ?? 53);
  return isIP(address) === 0 || port === 0 || port > 65_535 ? undefined : { address, port };
}
