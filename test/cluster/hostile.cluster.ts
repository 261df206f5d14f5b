import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replaceStoredBytes } from '../kube-apiserver/etcd.ts';
import type { KubernetesObject } from '../kube-apiserver/object-path.ts';
import { eventually } from './pod.ts';
import type { Pod } from './pod.ts';
import { knownOfShop, namespace, service, shop, slice } from './shop.ts';
import { listings, startApiServer, startPod } from './world.ts';

/**
 * Objects that no API server takes from a client, but that an old one, a bug or a restored backup may have left in
 * etcd: each is left out with a line and a count, and costs nothing else, while it is watched and while it is listed.
 */
const LONG = 'x'.repeat(300);

/** With a part of the fault in a line of the log, where something is left out. */
const hostile: readonly (readonly [title: string, object: KubernetesObject, logged: RegExp | undefined])[] = [
  [
    'a namespace whose name is no label',
    namespace('under_score.dots'),
    /Namespace under_score.*invalid name/,
  ],
  ['a namespace with a name too long', namespace(LONG), /Namespace x+….*invalid name/],
  ['a Service with a name too long', service(LONG, '10.96.2.1'), /Service shop\/x+….*invalid name/],
  ['a Service whose name is no label', service('a b\u0000c', '10.96.2.2'), /Service shop\/a b.*invalid name/],
  [
    'a Service with an address that is none',
    service('no-address', '256.0.0.1'),
    /no-address.*invalid address/,
  ],
  ['a Service with a port that is none', withPort('far-port', 70_000), /far-port.*port 70000/],
  ['a Service with a negative port', withPort('negative-port', -5), /negative-port.*port/],
  [
    'a Service with the name of a port too long',
    withPort('long-port', 80, LONG),
    /long-port.*invalid port name/,
  ],
  [
    'an ExternalName that is no name',
    { ...service('no-name', ''), spec: { type: 'ExternalName', externalName: `${LONG}..${LONG}` } },
    undefined,
  ],
  ['an ExternalName without a name', { ...service('empty', ''), spec: { type: 'ExternalName' } }, /empty/],
  ['a slice with bad addresses', slice('web', ['', 'not an address', '::1::2']), /web-1.*invalid address/],
  ['a slice of a Service that is no label', sliceOf('../../etc'), /hostile-odd-1.*invalid service label/],
  [
    'a slice with hostnames that are none',
    withEndpoints('web', [{ addresses: ['10.244.9.2'], hostname: `${LONG}.\u0001` }]),
    /hostile-web-1.*invalid hostname/,
  ],
  [
    'a slice of 10,000 endpoints, and half a megabyte of annotations',
    withEndpoints(
      'crowd',
      Array.from({ length: 10_000 }, (_, index) => ({ addresses: [`10.${index >> 8}.${index & 255}.7`] })),
      { long: 'y'.repeat(512 << 10) },
    ),
    undefined,
  ],
];

for (const [title, withExternalEtcd] of listings) {
  test(`hostile objects, ${title}`, { timeout: 1_800_000 }, async (context) => {
    const server = await startApiServer(context, shop, { withExternalEtcd });
    const client = server.client();
    const pod = await startPod(context, server);
    let made = 0;
    const othersAreRight = async (watching: Pod): Promise<void> => {
      await watching.isRightAbout(knownOfShop);
      const address = `10.96.3.${++made}`;
      await client.create(service(`after-${made}`, address));
      await watching.turns(`after-${made}.shop.svc.cluster.local`, address, 5000);
    };

    for (const [what, object, logged] of hostile) {
      await context.test(`${what}, watched`, async () => {
        const before = await pod.metric('signpost_kubernetes_faults_total');
        await server.smuggle(renamed(object));
        if (logged !== undefined) {
          await eventually(() => pod.log(logged).length > 0, 5000);
          assert.ok((await pod.metric('signpost_kubernetes_faults_total')) > before);
        }
        await othersAreRight(pod);
      });
    }

    await context.test('bytes that are no UTF-8, watched', async () => {
      const odd = service('odd-bytes', '10.96.2.9');
      await client.create({ ...odd, spec: { clusterIP: '10.96.2.9', ports: [{ name: 'qqqq', port: 80 }] } });
      await pod.turns('odd-bytes.shop.svc.cluster.local', '10.96.2.9', 5000);
      await replaceStoredBytes(
        server.etcdUrl,
        odd,
        Buffer.from('qqqq'),
        Buffer.from([0xff, 0xfe, 0xc0, 0x80]),
      );
      await eventually(() => pod.log(/odd-bytes/).length > 0, 5000);
      await othersAreRight(pod);
    });

    await context.test('all of them, listed', async () => {
      const later = await startPod(context, server);
      assert.equal((await later.ready()).status, 200);
      await othersAreRight(later);
      assert.ok((await later.metric('signpost_kubernetes_faults_total')) >= 10);
      context.diagnostic(`${Math.round(later.server.residentBytes / 2 ** 20)} MiB resident with all of them`);
    });

    await context.test('and it never lost its watch', async () => {
      assert.deepEqual(pod.log(/trying again/), []);
      assert.ok(pod.server.alive);
    });
  });
}

/** Slices that stand beside those of the shop, not in their place. */
function renamed(object: KubernetesObject): KubernetesObject {
  if (object.kind !== 'EndpointSlice') return object;
  return { ...object, metadata: { ...object.metadata, name: `hostile-${object.metadata.name}` } };
}

function sliceOf(service: string): KubernetesObject {
  const odd = slice('odd', ['10.244.9.1']);
  return { ...odd, metadata: { ...odd.metadata, labels: { 'kubernetes.io/service-name': service } } };
}

function withPort(name: string, port: number, portName = 'http'): KubernetesObject {
  const spec = { clusterIP: '10.96.2.3', ports: [{ name: portName, protocol: 'TCP', port }] };
  return { ...service(name, ''), spec };
}

function withEndpoints(
  name: string,
  endpoints: readonly object[],
  annotations: Readonly<Record<string, string>> = {},
): KubernetesObject {
  const empty = slice(name, []);
  return { ...empty, metadata: { ...empty.metadata, annotations }, endpoints };
}
