/**
 * `npm run test:gateways`: an hour of simulated time on three links with 200 devices, with one gateway between them and
 * with two, and a storm. Prints the packets of both.
 */
import { compareGateways, stormGateways } from './trial.ts';

const began = performance.now();
const { factor, packets } = compareGateways({ devices: 200, minutes: 60 });
for (const [index, counts] of packets.entries()) {
  console.log(`${index + 1} gateway${index === 0 ? ' ' : 's'}: ${JSON.stringify(counts)}`);
}
console.log(`two gateways: ${factor.toFixed(3)} times the packets of one`);
console.log(
  `a storm of 200 packets a second: gateways send ${stormGateways(200).join(' ')} in its seconds, and after`,
);
console.log(`${((performance.now() - began) / 1000).toFixed(0)} s`);
