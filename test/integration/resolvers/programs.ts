import { execFileSync, spawnSync } from 'node:child_process';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DNS_ADDRESS } from './pod-namespace.ts';

/** A program that looks names up. */
export interface ResolverProgram {
  readonly title: string;
  /** How it goes through the search domains: until one has the name, through all for names without a dot, not at all. */
  readonly searches: 'one after the other' | 'all at once, without a dot' | 'never';
  /** Which addresses it asks for. */
  readonly types: readonly ('A' | 'AAAA')[];
  /** The addresses of a name, as it prints them; none when it finds none. */
  lookUp(name: string): string[];
}

/** What must be there, and the Debian package that has it. */
const required: readonly (readonly [program: string, packages: string])[] = [
  ['unshare', 'util-linux'],
  ['ip', 'iproute2'],
  ['getent', 'libc-bin'],
  ['musl-gcc', 'musl-tools'],
  ['busybox', 'busybox'],
  ['go', 'golang-go'],
];

/** The Debian packages of the programs that are missing here. */
export function missingPackages(): string[] {
  return required
    .filter(([program]) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0)
    .map(([, packages]) => packages);
}

/** Builds what must be built, into a folder. */
export function resolverPrograms(folder: string): ResolverProgram[] {
  const source = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
  const musl = join(folder, 'look-up-musl');
  execFileSync('musl-gcc', ['-static', '-o', musl, source('look-up.c')]);
  const go = join(folder, 'look-up-go');
  const goEnvironment = {
    CGO_ENABLED: '0',
    GO111MODULE: 'off',
    GOTOOLCHAIN: 'local',
    GOCACHE: join(folder, 'go'),
  };
  execFileSync('go', ['build', '-o', go, source('look-up.go')], {
    env: { ...process.env, ...goEnvironment },
  });
  const both = ['A', 'AAAA'] as const;
  const node = (call: string): string[] => [process.execPath, '-e', nodeScript(call)];
  return [
    program('glibc: getent ahosts', 'one after the other', both, ['getent', 'ahosts']),
    program('musl: getaddrinfo', 'one after the other', both, [musl]),
    program('busybox nslookup', 'all at once, without a dot', both, ['busybox', 'nslookup']),
    program('busybox ping -4', 'one after the other', ['A'], ['busybox', 'ping', '-4', '-c1', '-W1']),
    program('Go: net.LookupHost', 'one after the other', both, [go]),
    program('Node: dns.lookup', 'one after the other', both, node('lookup(name, { all: true })')),
    program('Node: dns.resolve4', 'never', ['A'], node('resolve4(name)')),
    program('Node: dns.resolve6', 'never', ['AAAA'], node('resolve6(name)')),
  ];
}

function program(
  title: string,
  searches: ResolverProgram['searches'],
  types: ResolverProgram['types'],
  [file, ...words]: readonly string[],
): ResolverProgram {
  return {
    title,
    searches,
    types,
    lookUp(name) {
      const { stdout } = spawnSync(file!, [...words, name], { encoding: 'utf8', timeout: 120_000 });
      return addressesOf(stdout);
    },
  };
}

/** What stands in an output as an address, each once; the DNS server's own is not what was asked for. */
function addressesOf(output: string): string[] {
  const words = output.split(/[\s()]+/).filter((word) => isIP(word) !== 0 && word !== DNS_ADDRESS);
  return [...new Set(words)].sort();
}

function nodeScript(call: string): string {
  return `const name = process.argv[1];
    require('node:dns/promises').${call}.then((all) => {
      for (const one of all) console.log(one.address ?? one);
    });`;
}
