import { closeSync, openSync, writeSync } from 'node:fs';

const services = 10_000;
const endpointsEach = 10;
const namespaces = 50;
/** The Service whose port can be changed in place. */
const changedIndex = 4321;
export const changedService = `service-${changedIndex}.team-${changedIndex % namespaces}`;

/**
 * Writes 10,000 Services with 10 endpoints each, as kubectl prints them: a document each, or one `kind: List`.
 * @returns where in the file the port of `changedService` stands: four digits, 8000
 */
export function writeLargeWorld(path: string, list = false): number {
  let changePosition = 0;
  const descriptor = openSync(path, 'w');
  let position = list ? writeSync(descriptor, 'apiVersion: v1\nitems:\n') : 0;
  for (let index = 0; index < services; index++) {
    for (const object of [serviceText(index), sliceText(index)]) {
      const text = list ? `- ${object.trimEnd().replaceAll('\n', '\n  ')}\n` : `---\n${object}`;
      const port = text.indexOf('port: 8000');
      if (index === changedIndex && port > 0) changePosition = position + port;
      position += writeSync(descriptor, text);
    }
  }
  if (list) writeSync(descriptor, 'kind: List\nmetadata:\n  resourceVersion: ""\n');
  closeSync(descriptor);
  return changePosition;
}

function metadata(index: number, name: string, labels: string): string {
  return `metadata:
  creationTimestamp: "2026-11-21T07:29:52Z"
  labels:
    app.kubernetes.io/name: service-${index}
${labels}  name: ${name}
  namespace: team-${index % namespaces}
  resourceVersion: "${100_000 + index}"
  uid: 4b6d8e2a-0f5c-4c1e-9a77-${String(index).padStart(12, '0')}
`;
}

function serviceText(index: number): string {
  return `apiVersion: v1
kind: Service
${metadata(index, `service-${index}`, '')}spec:
  clusterIP: 10.${100 + (index >> 14)}.${(index >> 8) & 63}.${index & 255}
  clusterIPs:
  - 10.${100 + (index >> 14)}.${(index >> 8) & 63}.${index & 255}
  internalTrafficPolicy: Cluster
  ipFamilies:
  - IPv4
  ipFamilyPolicy: SingleStack
  ports:
  - name: http
    port: 8000
    protocol: TCP
    targetPort: http
  selector:
    app.kubernetes.io/name: service-${index}
  sessionAffinity: None
  type: ClusterIP
status:
  loadBalancer: {}
`;
}

function sliceText(index: number): string {
  let text = `addressType: IPv4
apiVersion: discovery.k8s.io/v1
endpoints:
`;
  for (let place = 0; place < endpointsEach; place++) {
    const number = index * endpointsEach + place;
    text += `- addresses:
  - 10.${200 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}
  conditions:
    ready: true
  targetRef:
    kind: Pod
    name: service-${index}-${place}
`;
  }
  return `${text}kind: EndpointSlice
${metadata(index, `service-${index}-x7k2p`, `    kubernetes.io/service-name: service-${index}\n`)}ports:
- name: http
  port: 8080
  protocol: TCP
`;
}

/** Writes another port over the one at `position`, which `writeLargeWorld` returned. */
export function changePort(path: string, position: number, port: number): void {
  const descriptor = openSync(path, 'r+');
  writeSync(descriptor, `port: ${port}`, position);
  closeSync(descriptor);
}
