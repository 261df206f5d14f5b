import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NameKind, parseKubernetesName } from './kubernetes-name.ts';

const plain = { multicluster: false, zonal: false };
const clusters = { multicluster: true, zonal: false };
const zonal = { multicluster: false, zonal: true };
const web = { kind: NameKind.Service, namespace: 'prod', key: 'web.prod' };

const rows = [
  { name: '', kind: NameKind.Empty },
  { name: 'svc', kind: NameKind.Empty },
  { name: 'pod', kind: NameKind.Empty },
  { name: 'prod.svc', kind: NameKind.Service, namespace: 'prod' },
  { name: 'web.prod.svc', ...web },
  { name: 'svc.svc.svc', kind: NameKind.Service, namespace: 'svc', key: 'svc.svc' },
  { name: 'web-0.web.prod.svc', ...web, endpoint: 'web-0' },
  { name: '_tcp.web.prod.svc', ...web, endpoint: '_tcp' },
  { name: '_http._tcp.web.prod.svc', ...web, port: 'http', protocol: 'tcp' },
  { name: 'http.tcp.web.prod.svc', ...web, port: 'http', protocol: 'tcp' },
  { name: '_._tcp.web.prod.svc', ...web, port: '', protocol: 'tcp' },
  { name: '__a.b.web.prod.svc', ...web, port: '_a', protocol: 'b' },
  { name: 'x.http.tcp.web.prod.svc', kind: NameKind.Invalid },
  { name: '1-2-3-4.prod.pod', kind: NameKind.Pod, namespace: 'prod', key: '1-2-3-4.prod' },
  { name: 'x.1-2-3-4.prod.pod', kind: NameKind.Pod, namespace: 'prod', key: '1-2-3-4.prod', endpoint: 'x' },
  { name: 'a.b.c.1-2-3-4.prod.pod', kind: NameKind.Invalid },
  { name: 'svcs', kind: NameKind.Invalid },
  { name: 'web.prod.services', kind: NameKind.Invalid },
  { name: 'dns', kind: NameKind.Invalid },
  { name: 'we\\.b.prod.svc', kind: NameKind.Service, namespace: 'prod', key: 'we\\.b.prod' },
  { name: 'x\\\\.web.prod.svc', ...web, endpoint: 'x\\\\' },
  { name: 'x\\.1-2-3-4.prod.pod', kind: NameKind.Pod, namespace: 'prod', key: 'x\\.1-2-3-4.prod' },
  { title: 'without zonal', name: 'a.pin._zone.web.prod.svc', kind: NameKind.Invalid },
  { forms: zonal, name: 'a.pin._zone.web.prod.svc', ...web, locality: 'pin', topologyZone: 'a' },
  { forms: zonal, name: 'a.b.prefer._zone.web.prod.svc', ...web, locality: 'prefer', topologyZone: 'a.b' },
  { forms: zonal, name: 'a.near._zone.web.prod.svc', kind: NameKind.Invalid },
  { forms: zonal, name: 'a.pin._zone.1-2-3-4.prod.pod', kind: NameKind.Invalid },
  { forms: zonal, name: 'pin._zone.web.prod.svc', ...web, port: 'pin', protocol: 'zone' },
  { forms: clusters, name: 'web-0.east.web.prod.svc', ...web, endpoint: 'web-0', cluster: 'east' },
  { forms: clusters, name: '_http._tcp.web.prod.svc', ...web, port: 'http', protocol: 'tcp' },
  { forms: clusters, name: 'http._tcp.web.prod.svc', ...web, port: 'http', protocol: 'tcp' },
];
for (const { title, forms = plain, name, ...parts } of rows) {
  test(`takes '${name}' apart${title === undefined ? '' : `, ${title}`}`, () => {
    const empty = {
      namespace: '',
      key: '',
      endpoint: '',
      port: '',
      protocol: '',
      cluster: '',
      locality: '',
      topologyZone: '',
    };
    const full = name === '' ? 'cluster.local.' : `${name}.cluster.local.`;
    assert.deepEqual({ ...parseKubernetesName(full, 'cluster.local.', forms) }, { ...empty, ...parts });
  });
}

test('takes names below the root zone apart', () => {
  assert.equal(parseKubernetesName('web.prod.svc.', '.', plain).key, 'web.prod');
  assert.equal(parseKubernetesName('.', '.', plain).kind, NameKind.Empty);
});

test('gives the label left of the namespace', () => {
  assert.equal(parseKubernetesName('1-2-3-4.prod.pod.a.', 'a.', plain).firstLabel, '1-2-3-4');
});
