import { test } from 'node:test';
import { compareGateways, stormGateways } from './trial.ts';

/** `npm run test:gateways` has an hour with 200 devices. */

test('ten minutes, 18 devices: two gateways cost at most 1.2 times the packets of one, and rename nobody', (t) => {
  const { factor } = compareGateways({ devices: 18, minutes: 10 });
  t.diagnostic(`${factor.toFixed(2)} times`);
});

test('a storm of 200 packets a second is contained within a second', (t) => {
  t.diagnostic(`packets of gateways by seconds: ${stormGateways(12).join(' ')}`);
});
