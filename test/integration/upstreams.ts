/**
 * `npm run test:upstreams`: bin/signpost with `forward` and `cache` in front of unbound and of Knot DNS, on loopback.
 * Answers of 400 to 65,000 bytes, asked for by UDP and TCP without EDNS and with receive sizes of 512, 1232 and 4096,
 * as a miss and as a hit on what each manner of asking left in the cache. Each must be the whole answer, unless it does
 * not fit; TC must stand where it does not, and nowhere else, as the upstream itself has it.
 * Needs unbound, knotd and openssl (`apt-get install unbound knot openssl`).
 */
import { freePort, ServerProcess, sumOfMetric } from '../kit/server-process.ts';
import { ask } from './ask.ts';
import type { Answer, Manner } from './ask.ts';
import { startKnot, startUnbound, TLS_NAME } from './real-upstream.ts';
import type { RealUpstream } from './real-upstream.ts';
import { answerSizes, sizedName, sizedTexts } from './sized-answers.ts';

/** Faults that are printed; more are counted. */
const PRINTED = 20;
const manners: readonly Manner[] = (['udp', 'tcp'] as const).flatMap((protocol) =>
  [undefined, 512, 1232, 4096].map((receiveSize) => ({ protocol, receiveSize })),
);
let names = 0;
let faults = 0;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

for (const start of [startUnbound, startKnot]) {
  const upstream = await start();
  try {
    await check(upstream, `127.0.0.1:${upstream.port}`, upstream.title);
    if (upstream.tls !== undefined) await checkTls(upstream, upstream.tls);
  } finally {
    await upstream.stop();
  }
}
console.log(faults === 0 ? 'all as it must be' : `${faults} faults`);
process.exitCode = faults === 0 ? 0 : 1;

async function checkTls(upstream: RealUpstream, tls: NonNullable<RealUpstream['tls']>): Promise<void> {
  const title = `${upstream.title} by DNS over TLS`;
  const properties = `tls ${tls.certificate}\n        tls_servername ${TLS_NAME}`;
  try {
    await check(upstream, `tls://127.0.0.1:${tls.port}`, title, properties);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes('not in this version yet')) throw error;
    console.log(`${title}: forward cannot do it yet`);
  }
}

/** All manners of asking, against one server in front of one upstream. */
async function check(upstream: RealUpstream, to: string, title: string, properties = ''): Promise<void> {
  const metrics = await freePort();
  const server = await ServerProcess.start(corefile(metrics, to, properties));
  const began = performance.now();
  let [misses, hits, truncated] = [0, 0, 0];
  try {
    for (const size of answerSizes) {
      const own: Answer[] = [];
      for (const manner of manners) own.push(await ask(upstream.port, sizedName(size, 0), manner));
      for (const filler of manners) {
        const name = sizedName(size, ++names);
        const first = await ask(server.port, name, filler);
        misses++;
        judge(`${title}, miss`, first, own[manners.indexOf(filler)]!, name, size, filler);
        for (const [index, manner] of manners.entries()) {
          const repeat = await ask(server.port, name, manner);
          hits++;
          if (repeat.truncated) truncated++;
          judge(`${title}, hit after ${describe(filler)}`, repeat, own[index]!, name, size, manner);
        }
      }
    }
    const counted = await sumOfMetric(metrics, 'coredns_cache_hits_total');
    if (counted !== hits) fault(`${title}: ${hits} repeats, but the cache counts ${counted} hits`);
  } finally {
    if ((await server.stop()) !== 0) fault(`${title}: the server did not end well`);
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${title}: ${misses} misses, ${hits} hits (${truncated} with TC) in ${seconds} s`);
}

/** Compares an answer with what must be, and with what the upstream itself says to the same manner of asking. */
function judge(title: string, answer: Answer, own: Answer, name: string, size: number, manner: Manner): void {
  const where = `${title}, ${describe(manner)}, ${name}`;
  const limit = manner.protocol === 'tcp' ? 65_535 : Math.max(512, manner.receiveSize ?? 0);
  const fits = size + (manner.receiveSize === undefined ? 0 : 11) <= limit;
  if (own.truncated === fits) fault(`${where}: the upstream itself has TC=${own.truncated}`);
  if (answer.rcode !== own.rcode) fault(`${where}: ${answer.rcode}, the upstream says ${own.rcode}`);
  if (answer.truncated === fits) fault(`${where}: TC is ${answer.truncated}, ${answer.size} bytes`);
  if (answer.size > limit) fault(`${where}: ${answer.size} bytes, the client takes ${limit}`);
  if (answer.hasOpt !== (manner.receiveSize !== undefined)) fault(`${where}: OPT is ${answer.hasOpt}`);
  if (answer.owners.size > (fits ? 1 : 0) && !(answer.owners.size === 1 && answer.owners.has(name)))
    fault(`${where}: records of other names, ${[...answer.owners].join(' ')}`);
  const texts = sizedTexts(size);
  const right = fits ? same(answer.texts, texts) : isPart(answer.texts, texts);
  if (!right) fault(`${where}: ${answer.texts.length} records, not the ${texts.length} of the upstream`);
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index]);
}

/** Whether a cut answer holds whole records of the right one, each once. */
function isPart(some: readonly string[], all: readonly string[]): boolean {
  return new Set(some).size === some.length && some.every((text) => all.includes(text));
}

function describe({ protocol, receiveSize }: Manner): string {
  return `${protocol} ${receiveSize === undefined ? 'without EDNS' : `EDNS ${receiveSize}`}`;
}

function fault(text: string): void {
  if (++faults <= PRINTED) console.error(`failed: ${text}`);
}

function corefile(metrics: number, to: string, properties: string): string {
  return `.:0 {
    bind 127.0.0.1
    errors
    prometheus 127.0.0.1:${metrics}
    cache
    forward . ${to} {
        ${properties}
    }
}
`;
}
