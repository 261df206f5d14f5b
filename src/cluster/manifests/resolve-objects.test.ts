import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shown } from '../../../test/kit/manifest-harness.ts';

const service = (spec: string, name = 'web'): string =>
  `kind: Service\nmetadata: {name: ${name}}\nspec: {selector: {app: web}, ${spec}}\n`;
const pod = (name: string, status: string, spec = '', metadata = ''): string =>
  `kind: Pod\nmetadata: {name: ${name}, labels: {app: web, tier: x}${metadata}}\nspec: {${spec}}\nstatus: {${status}}\n`;
const port = 'ports: [{port: 80, targetPort: 8080}]';
const named = 'ports: [{name: http, port: 80, targetPort: http}]';
const headless = `clusterIP: None, ${port}`;
const containers = 'containers: [{ports: [{name: http, containerPort: 9000}]}]';
const set = ', ownerReferences: [{kind: StatefulSet, name: web}]';

const table: readonly [title: string, objects: string[], expected: string[]][] = [
  [
    'a ready Pod',
    [service(port), pod('p', 'podIP: 10.0.0.1, conditions: [{type: Ready, status: "True"}]')],
    ['10.0.0.1:8080'],
  ],
  ['a Pod without conditions', [service(port), pod('p', 'podIP: 10.0.0.1')], ['10.0.0.1:8080']],
  [
    'a Pod that is not ready',
    [service(port), pod('p', 'podIP: 10.0.0.1, conditions: [{type: Ready, status: "False"}]')],
    [],
  ],
  [
    'a Pod that never was ready',
    [service(port), pod('p', 'podIP: 10.0.0.1, conditions: [{type: Initialized, status: "True"}]')],
    [],
  ],
  [
    'publishNotReadyAddresses',
    [
      service(`${port}, publishNotReadyAddresses: true`),
      pod('p', 'podIP: 10.0.0.1, conditions: [{type: Ready, status: "False"}]'),
    ],
    ['10.0.0.1:8080'],
  ],
  ['a Pod without address', [service(port), pod('p', 'phase: Pending')], []],
  ['a Pod that is done', [service(port), pod('p', 'podIP: 10.0.0.1, phase: Succeeded')], []],
  ['a Pod that is going', [service(port), pod('p', 'podIP: 10.0.0.1', '', ', deletionTimestamp: x')], []],
  ['a Pod of another namespace', [service(port), pod('p', 'podIP: 10.0.0.1', '', ', namespace: other')], []],
  [
    'a selector that asks for more',
    [
      service(`${port}, selector: {app: web, tier: y}`).replace('selector: {app: web}, ', ''),
      pod('p', 'podIP: 10.0.0.1'),
    ],
    [],
  ],
  ['no targetPort', [service('ports: [{port: 80}]'), pod('p', 'podIP: 10.0.0.1')], ['10.0.0.1:80']],
  ['a named targetPort', [service(named), pod('p', 'podIP: 10.0.0.1', containers)], ['10.0.0.1:9000']],
  [
    'a named targetPort of a sidecar',
    [
      service(named),
      pod(
        'p',
        'podIP: 10.0.0.1',
        `containers: [{}], init${containers.replace('c', 'C').replace('[{p', '[{restartPolicy: Always, p')}`,
      ),
    ],
    ['10.0.0.1:9000'],
  ],
  [
    'a named targetPort of a container that runs before',
    [service(named), pod('p', 'podIP: 10.0.0.1', `init${containers.replace('c', 'C')}`)],
    ['10.0.0.1:'],
  ],
  [
    'a named targetPort of another protocol',
    [service(named.replace('port: 80', 'port: 80, protocol: UDP')), pod('p', 'podIP: 10.0.0.1', containers)],
    ['10.0.0.1:'],
  ],
  [
    'a name with another number in each Pod',
    [
      service(named),
      pod('p', 'podIP: 10.0.0.1', containers),
      pod('q', 'podIP: 10.0.0.2', containers.replace('9000', '9001')),
    ],
    ['10.0.0.1:9000', '10.0.0.2:9001'],
  ],
  [
    'a headless Service without ports',
    [service('clusterIP: None'), pod('p', 'podIP: 10.0.0.1')],
    ['10.0.0.1:'],
  ],
  [
    'hostname and subdomain',
    [service(headless), pod('p', 'podIP: 10.0.0.1', 'hostname: one, subdomain: web')],
    ['10.0.0.1:8080 one'],
  ],
  [
    'a hostname in another subdomain',
    [service(headless), pod('p', 'podIP: 10.0.0.1', 'hostname: one, subdomain: db')],
    ['10.0.0.1:8080'],
  ],
  [
    "a StatefulSet's Pod by its owner",
    [service(headless), pod('web-0', 'podIP: 10.0.0.1', '', set)],
    ['10.0.0.1:8080 web-0'],
  ],
  [
    "a StatefulSet's Pod by its label and subdomain",
    [
      service(port),
      pod('web-0', 'podIP: 10.0.0.1', 'subdomain: web').replace(
        'tier: x',
        'statefulset.kubernetes.io/pod-name: web-0',
      ),
    ],
    ['10.0.0.1:8080 web-0'],
  ],
  [
    "a StatefulSet's Pod of another subdomain",
    [service(headless), pod('web-0', 'podIP: 10.0.0.1', 'subdomain: db', set)],
    ['10.0.0.1:8080'],
  ],
  [
    "a StatefulSet's Pod, Service with an address",
    [service(port), pod('web-0', 'podIP: 10.0.0.1', '', set)],
    ['10.0.0.1:8080'],
  ],
  ['a Pod of nobody named like one', [service(headless), pod('web-0', 'podIP: 10.0.0.1')], ['10.0.0.1:8080']],
  [
    'two families, one asked for',
    [
      service(`${headless}, ipFamilies: [IPv6]`),
      pod('p', 'podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}, {ip: fd00::1}]'),
    ],
    ['fd00::1:8080'],
  ],
  [
    'two families, both asked for',
    [
      service(`${headless}, ipFamilyPolicy: PreferDualStack`),
      pod('p', 'podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}, {ip: fd00::1}]'),
    ],
    ['10.0.0.1:8080', 'fd00::1:8080'],
  ],
  [
    'two families, nothing said: the first',
    [service(headless), pod('p', 'podIP: fd00::1, podIPs: [{ip: fd00::1}, {ip: 10.0.0.1}]')],
    ['fd00::1:8080'],
  ],
  [
    'an EndpointSlice makes Pods unneeded',
    [
      service(port),
      pod('p', 'podIP: 10.0.0.1'),
      'kind: EndpointSlice\nmetadata: {name: s, labels: {kubernetes.io/service-name: web}}\nports: [{port: 1}]\nendpoints: [{addresses: [10.0.0.9]}]\n',
    ],
    ['10.0.0.9:1'],
  ],
  [
    'Endpoints make Pods unneeded',
    [
      service(port),
      pod('p', 'podIP: 10.0.0.1'),
      'kind: Endpoints\nmetadata: {name: web}\nsubsets: [{addresses: [{ip: 10.0.0.8, hostname: h}], notReadyAddresses: [{ip: 10.0.0.7}], ports: [{port: 2}]}]\n',
    ],
    ['10.0.0.8:2 h'],
  ],
  [
    'an EndpointSlice makes Endpoints unneeded',
    [
      'kind: Endpoints\nmetadata: {name: web}\nsubsets: [{addresses: [{ip: 10.0.0.8}]}]\n',
      'kind: EndpointSlice\nmetadata: {name: s, labels: {kubernetes.io/service-name: web}}\nports: [{port: 1}]\nendpoints: [{addresses: [10.0.0.9]}]\n',
    ],
    ['10.0.0.9:1'],
  ],
  [
    'Endpoints of a Service without selector, in two subsets',
    [
      `kind: Service\nmetadata: {name: web}\nspec: {${port}}\n`,
      'kind: Endpoints\nmetadata: {name: web}\nsubsets: [{addresses: [{ip: 10.0.0.8}], ports: [{port: 2}]}, {addresses: [{ip: 10.0.0.9}], ports: [{port: 3}]}]\n',
    ],
    ['10.0.0.8:2', '10.0.0.9:3'],
  ],
  [
    'a Service without selector',
    [`kind: Service\nmetadata: {name: web}\nspec: {${port}}\n`, pod('p', 'podIP: 10.0.0.1')],
    [],
  ],
];
for (const [title, objects, expected] of table) {
  test(`endpoints from Pods: ${title}`, async (context) => {
    const { writer, warnings } = await shown(context, objects.join('---\n'));
    assert.deepEqual(warnings, []);
    assert.deepEqual(writer.endpoints('default', 'web'), expected);
  });
}

test('endpoints from Pods name the Pod and its node', async (context) => {
  const { writer } = await shown(
    context,
    `${service(port)}---\n${pod('p', 'podIP: 10.0.0.1', 'nodeName: n')}`,
  );
  const [slice] = writer.slices.values();
  assert.deepEqual(slice?.endpoints, [
    { addresses: ['10.0.0.1'], ready: true, hostname: '', targetName: 'p', node: 'n', zone: '' },
  ]);
});

const addresses: readonly [title: string, spec: string, expected: RegExp][] = [
  ['nothing said: IPv4', '', /^10\.96\.\d+\.\d+$/],
  ['headless stays so', 'clusterIP: None', /^None$/],
  ['ExternalName has none', 'type: ExternalName, externalName: a.example', /^$/],
  ['an empty clusterIP is none', 'clusterIP: ""', /^10\.96\.\d+\.\d+$/],
  ['what is written stays', 'clusterIP: 192.0.2.1', /^192\.0\.2\.1$/],
  ['IPv6', 'ipFamilies: [IPv6]', /^fd00:10:96::[0-9a-f]+$/],
  ['dual stack', 'ipFamilyPolicy: PreferDualStack', /^10\.96\.\d+\.\d+ fd00:10:96::[0-9a-f]+$/],
  ['dual stack, IPv6 first', 'ipFamilies: [IPv6, IPv4]', /^fd00:10:96::[0-9a-f]+ 10\.96\.\d+\.\d+$/],
  [
    'dual stack with one written',
    'clusterIP: 192.0.2.1, ipFamilyPolicy: RequireDualStack',
    /^192\.0\.2\.1 fd00:10:96::[0-9a-f]+$/,
  ],
  [
    'an API server has had its say',
    'clusterIP: 192.0.2.1, clusterIPs: [192.0.2.1], ipFamilyPolicy: PreferDualStack',
    /^192\.0\.2\.1$/,
  ],
  ['NodePort', 'type: NodePort', /^10\.96\.\d+\.\d+$/],
];
for (const [title, spec, expected] of addresses) {
  test(`addresses of Services: ${title}`, async (context) => {
    const { writer } = await shown(context, `kind: Service\nmetadata: {name: web}\nspec: {${spec}}\n`);
    assert.match(writer.services.get('default/web')!.clusterIPs.join(' '), expected);
  });
}

test('addresses of Services: service_cidr, and what is written is never given', async (context) => {
  const plain = (name: string, spec = ''): string =>
    `kind: Service\nmetadata: {name: ${name}}\nspec: {${spec}}\n`;
  const options = { serviceCidrs: ['192.0.2.0/29'] };
  const names = ['a', 'b', 'c', 'd', 'e'];
  const text = [...names.map((name) => plain(name)), plain('taken', 'clusterIP: 192.0.2.3')].join('---\n');
  const { writer } = await shown(context, text, options);
  const given = names.map((name) => writer.services.get(`default/${name}`)!.clusterIPs[0]!);
  assert.deepEqual(
    given.toSorted(),
    [1, 2, 4, 5, 6].map((last) => `192.0.2.${last}`),
  );
  const again = await shown(context, text.split('---\n').reverse().join('---\n'), options);
  for (const name of names) {
    const key = `default/${name}`;
    assert.deepEqual(again.writer.services.get(key), writer.services.get(key));
  }
  const full = await shown(context, `${text}---\n${plain('z')}`, options);
  assert.equal(full.writer.services.has('default/z'), false);
  assert.match(
    full.warnings[0]!,
    /^x\.yaml:\d+: Service default\/z is left out: service_cidr has no address left$/,
  );
});
