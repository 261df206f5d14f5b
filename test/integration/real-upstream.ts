import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { freePort } from '../kit/server-process.ts';
import { ask } from './ask.ts';
import { answerSizes, sizedName, sizedTexts, sizedZone } from './sized-answers.ts';

/** Name in the certificate of DNS over TLS. */
export const TLS_NAME = 'dns.test';
/** Seconds until a server must answer. */
const START_SECONDS = 20;

/** A DNS server that others have made, in a process and a folder of its own on 127.0.0.1. */
export class RealUpstream {
  readonly title: string;
  readonly port: number;
  /** Where it speaks DNS over TLS, if it does, and the file of the certificate to trust. */
  readonly tls: { readonly port: number; readonly certificate: string } | undefined;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #folder: string;
  #output = '';

  constructor(
    title: string,
    command: readonly string[],
    folder: string,
    port: number,
    tls?: RealUpstream['tls'],
  ) {
    this.title = title;
    this.port = port;
    this.tls = tls;
    this.#folder = folder;
    const [program, ...parameters] = command;
    this.#child = spawn(program!, parameters, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.on('error', (error) => (this.#output += `${error.message}\n`));
    // Whatever ends this program, nothing is left running.
    process.once('exit', () => this.#child.kill());
    const keep = (text: Buffer): void => void (this.#output = (this.#output + text.toString()).slice(-4000));
    this.#child.stdout.on('data', keep);
    this.#child.stderr.on('data', keep);
  }

  /** Resolves once it answers. */
  async ready(): Promise<this> {
    const giveUp = performance.now() + START_SECONDS * 1000;
    for (;;) {
      try {
        await ask(this.port, sizedName(400, 0), { protocol: 'tcp', receiveSize: undefined });
        return this;
      } catch (error) {
        if (this.#ended || performance.now() > giveUp) {
          await this.stop();
          throw new Error(`${this.title} did not start:\n${this.#output}`, { cause: error });
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  async stop(): Promise<void> {
    if (!this.#ended) {
      this.#child.kill('SIGTERM');
      await once(this.#child, 'exit');
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #ended(): boolean {
    return this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}

/** unbound that answers from its configuration alone, by UDP, TCP and DNS over TLS. */
export async function startUnbound(): Promise<RealUpstream> {
  const folder = mkdtempSync(join(tmpdir(), 'signpost-unbound-'));
  const [port, tlsPort] = [await freePort(), await freePort()];
  const certificate = makeCertificate(folder);
  const zones = answerSizes.map((size) => {
    const records = sizedTexts(size).map(
      (text) => `  local-data: '${sizedZone(size)}. 300 IN TXT "${text}"'\n`,
    );
    return `  local-zone: "${sizedZone(size)}." redirect\n${records.join('')}`;
  });
  const configuration = join(folder, 'unbound.conf');
  writeFileSync(
    configuration,
    `server:
  directory: "${folder}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  logfile: ""
  do-daemonize: no
  num-threads: 1
  module-config: "iterator"
  interface: 127.0.0.1@${port}
  interface: 127.0.0.1@${tlsPort}
  tls-port: ${tlsPort}
  tls-service-key: "${folder}/key.pem"
  tls-service-pem: "${certificate}"
  access-control: 127.0.0.0/8 allow
  edns-buffer-size: 4096
  max-udp-size: 4096
  minimal-responses: yes
  local-zone: "." static
${zones.join('')}
remote-control:
  control-enable: no
`,
  );
  const tls = { port: tlsPort, certificate };
  return new RealUpstream('unbound', ['unbound', '-d', '-c', configuration], folder, port, tls).ready();
}

/** Knot DNS with a zone of wildcards, by UDP and TCP. */
export async function startKnot(): Promise<RealUpstream> {
  const folder = mkdtempSync(join(tmpdir(), 'signpost-knot-'));
  const port = await freePort();
  const records = answerSizes.flatMap((size) =>
    sizedTexts(size).map((text) => `*.${sizedZone(size)}. 300 IN TXT "${text}"\n`),
  );
  const zone = [
    'test. 300 IN SOA ns.test. hostmaster.test. 1 3600 600 86400 30\n',
    'test. 300 IN NS ns.test.\n',
  ];
  writeFileSync(join(folder, 'test.zone'), [...zone, 'ns.test. 300 IN A 127.0.0.1\n', ...records].join(''));
  const configuration = join(folder, 'knot.conf');
  writeFileSync(
    configuration,
    `server:
    rundir: "${folder}"
    listen: 127.0.0.1@${port}
    udp-max-payload: 4096
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: warning
database:
    storage: "${folder}"
zone:
  - domain: test
    storage: "${folder}"
    file: test.zone
`,
  );
  return new RealUpstream('Knot DNS', ['knotd', '-c', configuration], folder, port).ready();
}

/** A certificate for TLS_NAME that signs itself; returns its file. */
function makeCertificate(folder: string): string {
  const certificate = join(folder, 'certificate.pem');
  const subject = ['-subj', `/CN=${TLS_NAME}`, '-addext', `subjectAltName=DNS:${TLS_NAME}`];
  const key = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    join(folder, 'key.pem'),
  ];
  execFileSync('openssl', ['req', '-x509', ...key, ...subject, '-days', '2', '-out', certificate], {
    stdio: 'ignore',
  });
  return certificate;
}
