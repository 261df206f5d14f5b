/**
 * What an answer costs within the kubernetes plugin alone: no packet is read or written. Prints microseconds a
 * query; the budget is 1 for an address or NXDOMAIN and 4 for SRV with four targets.
 */
import { shop, TestWorld } from '../plugins/kubernetes/test-world.ts';
import { Dependencies } from '../src/truth/dependencies.ts';
import type { Next } from '../src/plugin/plugin.ts';
import { Reply } from '../src/server/reply.ts';
import { median } from '../test/kit/statistics.ts';

const ROUNDS = 7;
const QUERIES_A_ROUND = 200_000;

const questions = [
  'web.prod.svc.cluster.local. A',
  'wEb.prod.svc.Cluster.local. A',
  'nothing.prod.svc.cluster.local. A',
  'nothing.nowhere.svc.cluster.local. A',
  'foo.example.cluster.local. A',
  '_http._tcp.web.prod.svc.cluster.local. SRV',
  'quad.prod.svc.cluster.local. A',
  'quad.prod.svc.cluster.local. SRV',
  '10-1-8-4.quad.prod.svc.cluster.local. A',
  '10.0.96.10.in-addr.arpa. PTR',
  '1-2-3-4.prod.pod.cluster.local. A',
  'in.prod.svc.cluster.local. A',
];

const world = shop(new TestWorld('pods insecure'))
  .service('quad.prod', 'None', 'http:TCP:80')
  .slice('quad-1', 'quad.prod', 'http:TCP:8080', '10.1.8.1', '10.1.8.2', '10.1.8.3', '10.1.8.4');
const next: Next = () => Reply.silence;

for (const ask of questions) {
  console.log(`${median(measure(ask)).toFixed(3).padStart(7)} µs  ${ask}`);
}

/** Each query has its own list of what it read, as every client's has. */
function measure(ask: string): number[] {
  const query = world.query(ask);
  const { handler } = world;
  return Array.from({ length: ROUNDS }, () => {
    const before = process.cpuUsage();
    for (let count = 0; count < QUERIES_A_ROUND; count++) {
      (query as { dependencies: Dependencies }).dependencies = new Dependencies();
      void handler.handle(query, next);
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / QUERIES_A_ROUND;
  });
}
