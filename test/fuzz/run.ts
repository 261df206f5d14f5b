import { parseArgs } from 'node:util';
import { freePort, ServerProcess, sumOfMetric } from '../kit/server-process.ts';
import { attack } from './attack.ts';
import { fuzzCorefile } from './corefile.ts';
import { attackLink } from './links.ts';
import { Memory } from './memory.ts';

/** Least share of the packets that must get as far as a plugin. */
const LEAST_REACHED = 1 / 3;
/** Most by which memory may grow from the second to the last tenth of the packets. */
const MOST_GROWTH = 0.05;
/** With fewer packets memory has not come to rest, and is only shown. */
const PACKETS_FOR_MEMORY = 500_000;
/** A heap that is soon as large as it gets: what grows on after that is lost, and not just not collected yet. */
const NODE_OPTIONS = ['--max-old-space-size=48', '--max-semi-space-size=8'];

const { values } = parseArgs({
  options: { packets: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } },
});
process.exitCode = await run(Number(values.packets), Number(values.seed));
runLink(Number(values.packets), Number(values.seed));

/** The same of multicast DNS, at a link in this process. */
function runLink(packets: number, seed: number): void {
  const began = performance.now();
  try {
    const result = attackLink(packets, seed);
    const seconds = (performance.now() - began) / 1000;
    console.log(`${packets} packets of multicast DNS in ${seconds.toFixed(1)} s: ${JSON.stringify(result)}`);
  } catch (error) {
    console.error(`failed: multicast DNS: ${String(error)}`);
    process.exitCode = 1;
  }
}

/** `npm run fuzz [-- --packets N --seed N]`: mutated packets by UDP and TCP at a server in a process of its own, then at a link. */
async function run(packets: number, seed: number): Promise<number> {
  const metricsPort = await freePort();
  const server = await ServerProcess.start(fuzzCorefile(0, metricsPort), NODE_OPTIONS);
  const memory = new Memory(packets, server);
  const failures: string[] = [];
  const began = performance.now();
  try {
    const options = { port: server.port, packets, seed, tcpEvery: 10 };
    const result = await attack({ ...options, progress: (sent) => memory.progress(sent) });
    const seconds = (performance.now() - began) / 1000;
    const reached = await sumOfMetric(metricsPort, 'coredns_dns_requests_total', /zone="(?!dropped)/);
    const panics = await sumOfMetric(metricsPort, 'coredns_panics_total');
    console.log(`${packets} packets with seed ${seed} in ${seconds.toFixed(1)} s: ${JSON.stringify(result)}`);
    console.log(`reached a plugin: ${((100 * reached) / packets).toFixed(1)} %; exceptions: ${panics}`);
    console.log(
      `resident memory by tenths, in MB: ${memory.text}; growth ${(100 * memory.growth).toFixed(1)} %`,
    );
    if (reached < packets * LEAST_REACHED) failures.push('too few packets reached a plugin');
    if (panics > 0) failures.push('there were exceptions');
    if (packets >= PACKETS_FOR_MEMORY && memory.growth > MOST_GROWTH) failures.push('memory grows');
  } catch (error) {
    failures.push(String(error));
  }
  if (!server.alive) failures.push('the server ended');
  const code = await server.stop();
  if (code !== 0) failures.push(`exit code ${code}`);
  for (const failure of failures) console.error(`failed: ${failure}`);
  if (failures.length > 0) console.error(server.output.join('\n'));
  return failures.length === 0 ? 0 : 1;
}
