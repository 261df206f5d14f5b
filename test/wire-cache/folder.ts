import { mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Seconds since 1970 that the first version of a file has; each next one is a second later. */
const EPOCH = 1_700_000_000;

/** The files of a world, which servers follow. */
export class Folder implements Disposable {
  readonly hosts: string;
  readonly zone: string;
  /** Version of each file; the hosts file's is its age as well, the zone's its serial. */
  #version = 0;
  readonly #path = mkdtempSync(join(tmpdir(), 'signpost-test-'));

  constructor() {
    this.hosts = join(this.#path, 'hosts');
    this.zone = join(this.#path, 'zone');
    this.writeHosts(0);
    this.writeZone(0);
  }

  /** Writes hosts, some of them only with odd addresses. Returns the time that the file has, in seconds. */
  writeHosts(address: number): number {
    const lines = [
      `# ${++this.#version}`,
      `192.0.2.1${address} six.example`,
      `192.0.2.1${address} six.example other.example`,
    ];
    if (address % 2 === 1) lines.push(`10.0.0.${address} five.example`);
    return this.#write(this.hosts, lines);
  }

  /** Writes a zone. Returns its serial. */
  writeZone(address: number): number {
    const lines = [
      '$TTL 60',
      `@ SOA ns mail ${++this.#version} 7200 1800 86400 30`,
      '@ NS ns',
      'ns A 192.0.2.1',
      `a A 192.0.2.${address}`,
      'a A 192.0.2.9',
      'alias CNAME a',
      'out CNAME one.example.net.',
      `*.wild TXT "${address}"`,
    ];
    if (address % 2 === 1) lines.push('sometimes A 192.0.2.3');
    this.#write(this.zone, lines);
    return this.#version;
  }

  [Symbol.dispose](): void {
    rmSync(this.#path, { recursive: true, force: true });
  }

  #write(path: string, lines: readonly string[]): number {
    // At once: a server may be looking.
    writeFileSync(`${path}.new`, `${lines.join('\n')}\n`);
    const time = EPOCH + this.#version;
    utimesSync(`${path}.new`, time, time);
    renameSync(`${path}.new`, path);
    return time;
  }
}
