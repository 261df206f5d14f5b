import { isIP } from 'node:net';

/** What a resolv.conf-style file says about name servers. */
export interface ResolvConf {
  /** IP addresses in text, without zone ids, in order. */
  readonly nameservers: readonly string[];
  /** Words behind `nameserver` that are not IP addresses. */
  readonly invalid: readonly string[];
}

/** Reads the `nameserver` lines (resolv.conf(5)); `search`, `options` and comments are passed over. */
export function parseResolvConf(text: string): ResolvConf {
  const nameservers: string[] = [];
  const invalid: string[] = [];
  for (const line of text.split('\n')) {
    const [keyword, word] = line.trim().split(/\s+/);
    if (keyword !== 'nameserver' || word === undefined) continue;
    const zone = word.indexOf('%');
    const address = zone < 0 ? word : word.slice(0, zone);
    if (isIP(address) === 0) invalid.push(word);
    else nameservers.push(address);
  }
  return { nameservers, invalid };
}
