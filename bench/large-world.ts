import { closeSync, openSync, writeSync } from 'node:fs';

const endpointsEach = 10;
const namespaces = 50;
/** The Service whose port can be changed in place. */
const changedIndex = 4321;
export const changedService = largeServiceName(changedIndex);

/** How the world is written; all may be left out. */
export interface LargeWorldSettings {
  /** As one `kind: List` in place of a document for each object. */
  readonly list?: boolean;
  /** How many; 10,000. */
  readonly services?: number;
  /** Documents of another edition are other text with the same meaning. */
  readonly edition?: number;
}

/**
 * Writes Services with 10 endpoints each, as kubectl prints them.
 * @returns where in the file the port of `changedService` stands: four digits, 8000; 0 where it is not among them
 */
export function writeLargeWorld(
  path: string,
  { list = false, services = 10_000, edition = 0 }: LargeWorldSettings = {},
): number {
  let changePosition = 0;
  const descriptor = openSync(path, 'w');
  let position = list ? writeSync(descriptor, 'apiVersion: v1\nitems:\n') : 0;
  for (let index = 0; index < services; index++) {
    for (const object of [serviceText(index, edition), sliceText(index, edition)]) {
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

/** Name and namespace of a Service, as in DNS. */
export function largeServiceName(index: number): string {
  return `service-${index}.team-${index % namespaces}`;
}

/** Its cluster address. */
export function largeServiceAddress(index: number): string {
  return `10.${100 + (index >> 14)}.${(index >> 8) & 63}.${index & 255}`;
}

function metadata(index: number, name: string, labels: string, edition: number): string {
  return `metadata:
  creationTimestamp: "2026-11-21T07:29:52Z"
  labels:
    app.kubernetes.io/name: service-${index}
${labels}  name: ${name}
  namespace: team-${index % namespaces}
  resourceVersion: "${100_000 * (1 + edition) + index}"
  uid: 4b6d8e2a-0f5c-4c1e-9a77-${String(index).padStart(12, '0')}
`;
}

function serviceText(index: number, edition: number): string {
  return `apiVersion: v1
kind: Service
${metadata(index, `service-${index}`, '', edition)}spec:
  clusterIP: ${largeServiceAddress(index)}
  clusterIPs:
  - ${largeServiceAddress(index)}
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

function sliceText(index: number, edition: number): string {
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
${metadata(index, `service-${index}-x7k2p`, `    kubernetes.io/service-name: service-${index}\n`, edition)}ports:
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
