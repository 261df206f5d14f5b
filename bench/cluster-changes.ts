import { Rcode } from '../src/wire/codes.ts';
import type { ApiClient } from '../test/kube-apiserver/api-client.ts';
import type { KubernetesObject } from '../test/kube-apiserver/object-path.ts';
import {
  benchService,
  dnsName,
  ENDPOINTS_EACH,
  endpointAddress,
  NAMESPACES,
  sliceObject,
} from './cluster-objects.ts';
import type { Questions } from './cluster-questions.ts';
import { startReady, stopReady } from './cluster-start.ts';
import type { ClusterSettings } from './cluster-start.ts';
import { printFigure } from './forward-world.ts';

/** Changes of each kind. */
const CHANGES = 200;
/** Milliseconds from the API's reply to the answer. */
const MEDIAN_LIMIT = 2;
const P99_LIMIT = 10;

/** How soon after the API's reply a Service that was created is answered, and an endpoint that was removed is not. */
export async function measureChanges(settings: ClusterSettings): Promise<void> {
  const ready = await startReady(settings);
  const client = settings.api.client();
  try {
    const created = await measureCreation(client, ready.questions);
    printTimes(`${CHANGES} Services created: answered [30 s]`, created);
    printTimes(`${CHANGES} endpoints removed: gone`, await measureRemoval(client, ready.questions));
  } finally {
    await stopReady(ready);
  }
}

/** Each name was asked for before, and its absence is in the cache. */
async function measureCreation(client: ApiClient, questions: Questions): Promise<number[]> {
  const times: number[] = [];
  for (let count = 0; count < CHANGES; count++) {
    const service = newService(count);
    const name = dnsName({ name: service.metadata.name, namespace: service.metadata.namespace! });
    for (const _ of ['asked of the cluster', 'repeated by the cache']) {
      const answer = await questions.askAgain(name);
      if (answer.rcode !== Rcode.NameError)
        throw new Error(`${name} is there already: ${JSON.stringify(answer)}`);
    }
    await client.create(service);
    const replied = performance.now();
    times.push(
      (await questions.until(name, ({ rcode, addresses }) => rcode === 0 && addresses.length === 1)) -
        replied,
    );
    await client.delete(service);
  }
  return times;
}

/** Of a headless Service whose ten addresses are in the cache. */
async function measureRemoval(client: ApiClient, questions: Questions): Promise<number[]> {
  const times: number[] = [];
  for (let count = 0; count < CHANGES; count++) {
    const index = count * 2 + 1;
    const name = dnsName(benchService(index));
    for (const _ of ['asked of the cluster', 'repeated by the cache']) {
      const answer = await questions.askAgain(name);
      if (answer.addresses.length !== ENDPOINTS_EACH) throw new Error(`${name}: ${JSON.stringify(answer)}`);
    }
    const gone = endpointAddress(index, ENDPOINTS_EACH - 1);
    await client.patch(sliceObject(index), {
      endpoints: sliceObject(index, ENDPOINTS_EACH - 1)['endpoints'],
    });
    const replied = performance.now();
    const isRight = (answer: { addresses: readonly string[] }): boolean => !answer.addresses.includes(gone);
    times.push((await questions.until(name, isRight)) - replied);
    await client.patch(sliceObject(index), { endpoints: sliceObject(index)['endpoints'] });
  }
  return times;
}

function newService(count: number): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `new-${count}`, namespace: `team-${count % NAMESPACES}` },
    spec: { ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
  };
}

function printTimes(title: string, times: number[]): void {
  times.sort((a, b) => a - b);
  const median = times[times.length >> 1]!;
  const p99 = times[Math.ceil(times.length * 0.99) - 1]!;
  const figure = `median ${median.toFixed(2)} ms, p99 ${p99.toFixed(1)} ms, slowest ${times.at(-1)!.toFixed(1)} ms`;
  printFigure(title, figure, {
    text: `median ${MEDIAN_LIMIT} ms, p99 ${P99_LIMIT} ms`,
    met: median <= MEDIAN_LIMIT && p99 <= P99_LIMIT,
    isTime: true,
  });
}
