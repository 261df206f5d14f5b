import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../kit/server-process.ts';
import { RealUpstream } from './real-upstream.ts';
import { compressedAnswer, sizedAnswers, TIME_TO_LIVE } from './sized-answers.ts';

/** Knot DNS with a zone of wildcards, by UDP and TCP. */
export async function startKnot(): Promise<RealUpstream> {
  const folder = mkdtempSync(join(tmpdir(), 'signpost-knot-'));
  const port = await freePort();
  const answers = [...sizedAnswers, compressedAnswer];
  const records = answers.flatMap(({ zone, type, data }) =>
    data.map((text) => `*.${zone}. ${TIME_TO_LIVE} IN ${type} ${text}\n`),
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
  return new RealUpstream('Knot DNS', ['knotd', '-c', configuration], folder, port, answers).ready();
}
