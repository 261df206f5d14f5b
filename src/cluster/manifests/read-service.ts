import { ANNOUNCEMENT_ANNOTATIONS, announcementInput, nodePortsOf } from '../announcement-annotations.ts';
import { ObjectError } from './manifest-object.ts';
import type { AddressFamily, ServiceContent, ServicePortContent } from './manifest-object.ts';
import { checkAddress, mapAt, mapsAt, portAt, textAt, textMapAt, textsAt } from './read-value.ts';
import type { ValueMap } from './read-value.ts';

const types = ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'];

/** What is kept of a Service, with the defaults that an API server fills in. @throws {ObjectError} */
export function serviceContent(object: ValueMap, namespace: string, name: string): ServiceContent {
  const spec = mapAt(object, 'spec');
  const type = textAt(spec, 'type') || 'ClusterIP';
  if (!types.includes(type)) throw new ObjectError(`spec.type '${type}' is none of ${types.join(', ')}`);
  const policy = textAt(spec, 'ipFamilyPolicy');
  const listed = textsAt(spec, 'clusterIPs').filter((address) => address !== '');
  const single = textAt(spec, 'clusterIP');
  const clusterIPs = listed.length > 0 ? listed : single === '' ? [] : [single];
  if (clusterIPs[0] !== 'None' && type !== 'ExternalName') {
    for (const address of clusterIPs) checkAddress(address, 'spec.clusterIP');
  }
  const externalName = type === 'ExternalName' ? textAt(spec, 'externalName') : '';
  if (type === 'ExternalName' && externalName === '')
    throw new ObjectError('ExternalName without spec.externalName');
  return {
    namespace,
    name,
    type,
    clusterIPs: type === 'ExternalName' ? [] : clusterIPs,
    complete: listed.length > 0,
    families: textsAt(spec, 'ipFamilies').map(familyOf),
    dualStack: policy === 'PreferDualStack' || policy === 'RequireDualStack',
    externalName,
    externalAddresses: [...textsAt(spec, 'externalIPs'), ...ingressOf(object)],
    ports: mapsAt(spec, 'ports').map(portOf),
    selector: type === 'ExternalName' ? {} : textMapAt(spec, 'selector'),
    publishNotReady: spec['publishNotReadyAddresses'] === true,
    ...announcementOf(object, spec),
  };
}

function announcementOf(object: ValueMap, spec: ValueMap): Pick<ServiceContent, 'announcement'> {
  const annotations = mapAt(mapAt(object, 'metadata'), 'annotations');
  const texts = ANNOUNCEMENT_ANNOTATIONS.map((key) => textAt(annotations, key));
  if (texts[0] === '') return {};
  const policy = textAt(spec, 'externalTrafficPolicy');
  return { announcement: announcementInput(texts, nodePortsOf(spec), policy) };
}

function portOf(port: ValueMap): ServicePortContent {
  const number = portAt(port, 'port');
  if (number < 0) throw new ObjectError('a port without number');
  return {
    name: textAt(port, 'name'),
    protocol: textAt(port, 'protocol') || 'TCP',
    number,
    target: targetOf(port, number),
  };
}

function targetOf(port: ValueMap, number: number): number | string {
  const target = port['targetPort'];
  if (target === undefined || target === null || target === '' || target === 0) return number;
  return typeof target === 'string' && !/^\d+$/.test(target) ? target : portAt(port, 'targetPort');
}

function ingressOf(object: ValueMap): string[] {
  const ingress = mapsAt(mapAt(mapAt(object, 'status'), 'loadBalancer'), 'ingress');
  return ingress
    .map((entry) => textAt(entry, 'ip') || textAt(entry, 'hostname'))
    .filter((text) => text !== '');
}

function familyOf(text: string): AddressFamily {
  if (text === 'IPv4' || text === 'IPv6') return text;
  throw new ObjectError(`spec.ipFamilies '${text}' is neither IPv4 nor IPv6`);
}
