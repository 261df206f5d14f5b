import { freePort, ServerProcess, sumOfMetric } from '../kit/server-process.ts';
import type { Answer } from './answer.ts';
import { ask } from './ask.ts';
import type { Manner } from './ask.ts';
import type { Faults } from './faults.ts';
import type { RealUpstream } from './real-upstream.ts';
import { freshName, TIME_TO_LIVE } from './sized-answers.ts';

/** One way from the server to an upstream. */
export interface Way {
  readonly title: string;
  /** The TO of `forward`. */
  readonly to: string;
  readonly properties: readonly string[];
  /** The `proto` labels that its exchanges have. */
  readonly protocols: readonly string[];
}

const LONGEST_MESSAGE = 65_535;
const OPT_BYTES = 11;
/** Seconds that a run may take, in which times to live go down. */
const LONGEST_RUN = 120;
const whole: Manner = { protocol: 'tcp', receiveSize: undefined };
const manners: readonly Manner[] = (['udp', 'tcp'] as const).flatMap((protocol) =>
  [undefined, 512, 1232, 4096].map((receiveSize) => ({ protocol, receiveSize })),
);
let names = 0;

/**
 * All answers in all manners of asking, against one server in front of one upstream: each manner first (a miss), then
 * all manners on what that left in the cache (hits).
 */
export async function checkSizes(upstream: RealUpstream, way: Way, faults: Faults): Promise<void> {
  const metrics = await freePort();
  const server = await ServerProcess.start(corefile(metrics, way));
  const began = performance.now();
  let [misses, hits, doubtful, truncated] = [0, 0, 0, 0];
  try {
    for (const answer of upstream.answers) {
      const reference = freshName(answer, 0);
      const right = await ask(upstream.port, reference, answer.type, whole);
      if (right.records.length !== answer.data.length)
        faults.add(`${upstream.title} itself, ${answer.title}: ${right.records.length} records`);
      for (const filler of manners) {
        const name = freshName(answer, ++names);
        const look = async (title: string, manner: Manner): Promise<void> => {
          const row = `${way.title} | ${answer.title} | ${describe(manner)} | ${title} (${name})`;
          const found = await ask(server.port, name, answer.type, manner).catch((error: unknown) => {
            throw new Error(row, { cause: error });
          });
          if (found.truncated) truncated++;
          judge(row, found, renamed(right, reference, name), manner, faults);
        };
        await look('miss', filler);
        misses++;
        // What a client does that was told TC.
        if (filler.protocol === 'udp') await look('tried again by TCP', { ...filler, protocol: 'tcp' });
        for (const manner of manners) await look(`hit, asked before by ${describe(filler)}`, manner);
        const repeats = manners.length + (filler.protocol === 'udp' ? 1 : 0);
        // What even TCP has no room for, with OPT, is cut by the upstream, and stays out of the cache then.
        if (right.size + OPT_BYTES > LONGEST_MESSAGE) doubtful += repeats;
        else hits += repeats;
      }
    }
    const counted = await sumOfMetric(metrics, 'coredns_cache_hits_total');
    if (counted < hits || counted > hits + doubtful)
      faults.add(`${way.title}: ${hits} to ${hits + doubtful} repeats, but the cache counts ${counted} hits`);
    await checkProtocols(metrics, way, faults);
  } finally {
    if ((await server.stop()) !== 0)
      faults.add(`${way.title}: the server did not end well:\n${server.output.join('\n')}`);
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${way.title}: ${misses} misses, ${hits} hits (${truncated} with TC) in ${seconds} s`);
}

/** That the upstream was asked in this way, and in no other. */
async function checkProtocols(metrics: number, { title, protocols }: Way, faults: Faults): Promise<void> {
  for (const protocol of ['udp', 'tcp', 'tcp-tls', 'https']) {
    const label = new RegExp(`proto="${protocol}"`);
    const kept = await sumOfMetric(metrics, 'coredns_proxy_conn_cache_hits_total', label);
    const opened = await sumOfMetric(metrics, 'coredns_proxy_conn_cache_misses_total', label);
    if (kept + opened > 0 !== protocols.includes(protocol))
      faults.add(`${title}: ${kept + opened} exchanges by ${protocol}`);
  }
}

/** Compares an answer with the whole one that the upstream holds. */
function judge(row: string, answer: Answer, right: Answer, manner: Manner, faults: Faults): void {
  const limit = manner.protocol === 'tcp' ? LONGEST_MESSAGE : Math.max(512, manner.receiveSize ?? 0);
  const wanted = right.size + (manner.receiveSize === undefined ? 0 : OPT_BYTES);
  const fits = wanted <= limit;
  const known = new Set(right.records);
  const inPart =
    new Set(answer.records).size === answer.records.length &&
    answer.records.every((record) => known.has(record));
  const complete = answer.records.length === right.records.length;
  const { size, rcode, records } = answer;
  faults.row(row, [
    [rcode === right.rcode, `${rcode}, the upstream has ${right.rcode}`],
    [answer.truncated !== fits, `TC is ${answer.truncated}; ${wanted} bytes are whole, ${limit} are allowed`],
    [size <= limit, `${size} bytes, the client takes ${limit}`],
    [answer.hasOpt === (manner.receiveSize !== undefined), `OPT is ${answer.hasOpt}`],
    [inPart, 'records that the upstream does not have, or twice'],
    [complete || !fits, `${records.length} records, the upstream has ${right.records.length}`],
    [
      records.length === 0 ||
        (answer.highestTtl <= TIME_TO_LIVE && answer.lowestTtl >= TIME_TO_LIVE - LONGEST_RUN),
      `times to live from ${answer.lowestTtl} to ${answer.highestTtl}`,
    ],
  ]);
}

/** An answer as it is for another name of the same length. */
function renamed(answer: Answer, from: string, to: string): Answer {
  return { ...answer, records: answer.records.map((record) => record.replace(from, to)) };
}

function describe({ protocol, receiveSize }: Manner): string {
  return `${protocol} ${receiveSize === undefined ? 'without EDNS' : `EDNS ${receiveSize}`}`;
}

function corefile(metrics: number, { to, properties }: Way): string {
  return `.:0 {
    bind 127.0.0.1
    errors
    prometheus 127.0.0.1:${metrics}
    cache
    forward . ${to} {
        ${properties.join('\n        ')}
    }
}
`;
}
