import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeObject } from '../../../test/kit/kubernetes-protobuf.ts';
import { serviceContent } from '../manifests/read-service.ts';
import { podlessEndpointSliceDecoder, serviceDecoder } from './decoders.ts';

const metadata = { name: 'web', namespace: 'shop', resourceVersion: '4711' };
const spec = {
  type: 'NodePort',
  clusterIPs: ['10.0.0.1'],
  ports: [
    { name: 'http', protocol: 'TCP', port: 80, nodePort: 30080 },
    { name: 'more', protocol: 'TCP', port: 81 },
  ],
  externalTrafficPolicy: 'Local',
};

const rows = [
  {
    title: 'a Service that is to be announced',
    annotations: {
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
      'signpost.dev/mdns': '_http._tcp',
      'signpost.dev/mdns-name': 'The shop',
      'signpost.dev/mdns-txt': 'path=/',
    },
    expected: {
      type: '_http._tcp',
      instance: 'The shop',
      txt: 'path=/',
      nodePorts: [30080, 0],
      isLocal: true,
    },
  },
  {
    title: 'one with the type alone',
    annotations: { 'signpost.dev/mdns': '_http._tcp' },
    expected: { type: '_http._tcp', instance: '', txt: '', nodePorts: [30080, 0], isLocal: true },
  },
  {
    title: 'one without the type',
    annotations: { 'signpost.dev/mdns-name': 'The shop' },
    expected: undefined,
  },
];
for (const { title, annotations, expected } of rows) {
  const service = { metadata: { ...metadata, annotations }, spec };
  test(`${title}, in protobuf`, () => {
    const bytes = encodeObject('Service', service);
    const { input, triggered } = serviceDecoder.fromProtobuf(bytes, 0, bytes.length);
    assert.deepEqual(input.announcement, expected);
    assert.deepEqual(triggered, undefined);
    assert.equal('announcement' in input, expected !== undefined, 'others do not have the property');
  });
  test(`${title}, in JSON`, () => {
    assert.deepEqual(serviceDecoder.fromJson(service).input.announcement, expected);
  });
  test(`${title}, among manifests`, () => {
    assert.deepEqual(serviceContent(service, 'shop', 'web').announcement, expected);
  });
}

test('of the node names only our own is kept where nobody shows them', () => {
  const decoder = podlessEndpointSliceDecoder('node-2');
  const endpoints = ['node-1', 'node-2'].map((nodeName) => ({ addresses: ['10.1.0.1'], nodeName }));
  const bytes = encodeObject('EndpointSlice', { metadata, endpoints });
  const read = decoder.fromProtobuf(bytes, 0, bytes.length).input.endpoints;
  assert.deepEqual(
    read.map(({ node }) => node),
    ['', 'node-2'],
  );
});
