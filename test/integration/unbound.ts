import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from '../kit/certificate.ts';
import type { CertificateParts } from '../kit/certificate.ts';
import { freePort } from '../kit/server-process.ts';
import { RealUpstream } from './real-upstream.ts';
import type { SizedAnswer } from './sized-answers.ts';
import { longestAnswers, sizedAnswers, TIME_TO_LIVE } from './sized-answers.ts';

/** Name in the certificate of DNS over TLS and DNS over HTTPS. */
export const TLS_NAME = 'dns.test';

/** unbound that answers from its configuration alone, by UDP, TCP, DNS over TLS and DNS over HTTPS. */
export async function startUnbound(
  parts: CertificateParts = { names: [TLS_NAME] },
  answers: readonly SizedAnswer[] = [...sizedAnswers, ...longestAnswers],
): Promise<RealUpstream> {
  const folder = mkdtempSync(join(tmpdir(), 'signpost-unbound-'));
  const [port, tls, https] = [await freePort(), await freePort(), await freePort()];
  const { certificate, key } = makeCertificate(parts);
  writeFileSync(join(folder, 'certificate.pem'), certificate);
  writeFileSync(join(folder, 'key.pem'), key);
  const zones = answers.map(({ zone, type, data }) => {
    const records = data.map((text) => `  local-data: '${zone}. ${TIME_TO_LIVE} IN ${type} ${text}'\n`);
    return `  local-zone: "${zone}." redirect\n${records.join('')}`;
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
  interface: 127.0.0.1@${tls}
  interface: 127.0.0.1@${https}
  tls-port: ${tls}
  https-port: ${https}
  http-endpoint: "/dns-query"
  tls-service-key: "${folder}/key.pem"
  tls-service-pem: "${folder}/certificate.pem"
  access-control: 127.0.0.0/8 allow
  edns-buffer-size: 4096
  max-udp-size: 4096
  minimal-responses: yes
  extended-statistics: yes
  local-zone: "." static
${zones.join('')}
remote-control:
  control-enable: yes
  control-interface: "${folder}/control"
  control-use-cert: no
`,
  );
  const encrypted = { tls, https, certificate: join(folder, 'certificate.pem') };
  return new RealUpstream(
    'unbound',
    ['unbound', '-d', '-c', configuration],
    folder,
    port,
    answers,
    encrypted,
  ).ready();
}
