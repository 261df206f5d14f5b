import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from '../kit/certificate.ts';
import { ServerProcess } from '../kit/server-process.ts';
import { ask } from './ask.ts';
import type { Faults } from './faults.ts';
import type { EncryptedPorts, RealUpstream } from './real-upstream.ts';
import { freshName } from './sized-answers.ts';
import { startUnbound, TLS_NAME } from './unbound.ts';

/** INFO-CODE of an Extended DNS Error: Network Error (RFC 8914, section 4.24). */
const NETWORK_ERROR = 23;
const client = { protocol: 'udp', receiveSize: 1232 } as const;

/** Milliseconds for a line of the log. */
const PATIENCE = 30_000;

/** What a server may be trusted for. */
interface Case {
  readonly title: string;
  readonly properties: readonly string[];
  /** What the log says of a server that is refused; undefined: it is trusted. */
  readonly refused?: string;
}

/** That an unbound is asked when its certificate is the right one, and sees no query when it is not. */
export async function checkTrust(upstream: RealUpstream, faults: Faults): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'signpost-trust-'));
  const other = join(folder, 'other.pem');
  writeFileSync(other, makeCertificate({ names: [TLS_NAME] }).certificate);
  const day = 86_400_000;
  const expired = await startUnbound(
    {
      names: [TLS_NAME],
      notBefore: new Date(Date.now() - 2 * day),
      notAfter: new Date(Date.now() - day),
    },
    upstream.answers,
  );
  try {
    for (const scheme of ['tls', 'https'] as const) {
      for (const row of cases(upstream.encrypted!, other)) await check(upstream, scheme, row, faults);
      const properties = [`tls ${expired.encrypted!.certificate}`, `tls_servername ${TLS_NAME}`];
      const row = { title: 'a certificate that has expired', properties, refused: 'expired' };
      await check(expired, scheme, row, faults);
    }
  } finally {
    await expired.stop();
    rmSync(folder, { recursive: true });
  }
}

function cases({ certificate }: EncryptedPorts, other: string): Case[] {
  const [trust, name] = [`tls ${certificate}`, `tls_servername ${TLS_NAME}`];
  const [pin, otherPin] = [pinOf(certificate), pinOf(other)];
  return [
    { title: 'the right certificate', properties: [trust, name] },
    { title: 'the right certificate, its key pinned', properties: [trust, name, `tls_pin ${pin}`] },
    { title: 'one of two pins', properties: [trust, name, `tls_pin ${otherPin} ${pin}`] },
    {
      title: "the pin of another's key",
      properties: [trust, name, `tls_pin ${otherPin}`],
      refused: `no tls_pin is for the server's key: ${pin}`,
    },
    {
      title: 'another authority',
      properties: [`tls ${other}`, name],
      refused: 'certificate signed by unknown authority',
    },
    {
      title: 'the right pin, but another authority',
      properties: [`tls ${other}`, name, `tls_pin ${pin}`],
      refused: 'certificate signed by unknown authority',
    },
    {
      title: "the system's authorities",
      properties: [name],
      refused: 'certificate signed by unknown authority',
    },
    {
      title: 'another name',
      properties: [trust, 'tls_servername dns.example'],
      refused: "does not match certificate's altnames",
    },
    {
      title: 'the address as the name',
      properties: [trust],
      refused: "does not match certificate's altnames",
    },
  ];
}

async function check(
  upstream: RealUpstream,
  scheme: 'tls' | 'https',
  { title, properties, refused }: Case,
  faults: Faults,
): Promise<void> {
  const [answer] = upstream.answers;
  const before = upstream.statistics();
  const server = await ServerProcess.start(`.:0 {
    bind 127.0.0.1
    errors
    forward . ${scheme}://127.0.0.1:${upstream.encrypted![scheme]} {
        ${properties.join('\n        ')}
    }
}
`);
  try {
    const logged = refused === undefined ? undefined : server.line((line) => line.includes(refused));
    const reply = await ask(server.port, freshName(answer!, 0), answer!.type, client);
    const queries = upstream.statistics()('total.num.queries') - before('total.num.queries');
    const told = `${reply.rcode} with Extended DNS Error ${reply.extendedError}`;
    const row = `${upstream.title} by ${scheme}:// | ${title}`;
    if (refused === undefined) {
      faults.row(row, [
        [reply.rcode === 'NOERROR' && reply.records.length === answer!.data.length, told],
        [queries > 0, 'it came by another way'],
      ]);
      return;
    }
    const log = await Promise.race([logged, silence()]);
    faults.row(row, [
      [reply.rcode === 'SERVFAIL' && reply.extendedError === NETWORK_ERROR, told],
      [queries === 0, `the server saw ${queries} queries`],
      [log !== undefined, `the log has not '${refused}', but:\n${server.output.join('\n')}`],
    ]);
  } finally {
    await server.stop();
  }
}

/** Resolves when a line should be there. */
function silence(): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), PATIENCE).unref());
}

/** The pin of a certificate as openssl makes it: SHA-256 of the public key (RFC 7858, appendix A). */
function pinOf(certificate: string): string {
  const openssl = (words: string, input?: Buffer): Buffer =>
    execFileSync('openssl', words.split(' '), input === undefined ? {} : { input });
  const publicKey = openssl(`x509 -in ${certificate} -noout -pubkey`);
  return openssl('dgst -sha256 -binary', openssl('pkey -pubin -outform der', publicKey)).toString('base64');
}
