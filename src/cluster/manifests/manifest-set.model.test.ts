import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ManifestHarness } from '../../../test/kit/manifest-harness.ts';
import type { RecordingClusterWriter } from '../../../test/kit/recording-cluster-writer.ts';

// Whatever is saved, in whatever order: what was put to the store step by step is what a fresh start would put.

const fragments = [
  'kind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n',
  'kind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, clusterIP: None}\n',
  'kind: Service\nmetadata: {name: db, namespace: shop}\nspec: {ipFamilyPolicy: PreferDualStack}\n',
  'kind: Namespace\nmetadata: {name: shop, labels: {tier: live}}\n',
  'kind: Namespace\nmetadata: {name: default, labels: {tier: test}}\n',
  'kind: Pod\nmetadata: {name: web-0, labels: {app: web}}\nstatus: {podIP: 10.0.0.1}\n',
  'kind: Pod\nmetadata: {name: web-1, labels: {app: web}}\nstatus: {podIP: 10.0.0.2}\n',
  'kind: Endpoints\nmetadata: {name: web}\nsubsets: [{addresses: [{ip: 10.0.0.3}]}]\n',
  'kind: EndpointSlice\nmetadata: {name: web-x, labels: {kubernetes.io/service-name: web}}\nendpoints: [{addresses: [10.0.0.4]}]\n',
  'kind: Deployment\nmetadata: {name: web}\n',
  'kind: Service\nmetadata: {}\n',
];
const options = { namespaceLabels: 'tier!=test', serviceCidrs: ['192.0.2.0/29'], watchPods: true };
const names = ['a.yaml', 'b.yaml', 'c.json'];

const edit = fc.record({
  file: fc.constantFrom(...names),
  /** None: the file is removed. */
  documents: fc.array(fc.constantFrom(...fragments), { maxLength: 6 }),
});

function stateOf(writer: RecordingClusterWriter): unknown {
  return [[...writer.namespaces].sort(), ...[writer.services, writer.slices, writer.pods].map(sorted)];
}

function sorted(objects: ReadonlyMap<string, unknown>): unknown {
  return [...objects].sort(([a], [b]) => (a < b ? -1 : 1));
}

test('manifests: following changes comes to the same as starting anew', async (context) => {
  const [edits] = fc.sample(fc.array(edit, { minLength: 120, maxLength: 120 }), { numRuns: 1, seed: 5 });
  const harness = new ManifestHarness(context, {}, options);
  const files = new Map<string, string>();
  let busy = 0;
  for (const { file, documents } of edits!) {
    const text = documents.join('---\n');
    if (text !== '') {
      harness.folder.write(file, text);
      files.set(file, text);
    } else if (files.delete(file)) harness.folder.remove(file);
    await harness.look();
    const anew = new ManifestHarness(context, Object.fromEntries(files), options);
    await anew.look();
    assert.deepEqual(stateOf(harness.writer), stateOf(anew.writer));
    if (anew.writer.slices.size > 0) busy++;
  }
  assert.ok(busy > 60, String(busy));
});
