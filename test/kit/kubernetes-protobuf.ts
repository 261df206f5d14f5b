/**
 * Writes objects of the Kubernetes API, given as they are in JSON, as protobuf: what an API server would send. Field
 * numbers from the API's generated.proto files; fields that are not listed here are left out.
 */
export function encodeObject(kind: string, object: unknown): Buffer {
  return encodeMessage(schema[kind]!, object as Values);
}

/** An object with magic and runtime.Unknown, as in the answer of a GET or a list. */
export function encodeBody(kind: string, object: unknown): Buffer {
  return envelope(kind, encodeObject(kind, object));
}

/** The body of a list. @param items in JSON's form, or as bytes already */
export function encodeList(kind: string, metadata: Values, items: readonly unknown[]): Buffer {
  const encoded = items.map((item) => delimited(2, Buffer.isBuffer(item) ? item : encodeObject(kind, item)));
  return envelope(
    `${kind}List`,
    Buffer.concat([delimited(1, encodeMessage(schema['ListMeta']!, metadata)), ...encoded]),
  );
}

/** A frame of a watch. @param object in JSON's form, or as bytes already */
export function encodeEvent(type: string, kind: string, object: unknown): Buffer {
  const body = Buffer.isBuffer(object) ? envelope(kind, object) : encodeBody(kind, object);
  return frame(Buffer.concat([delimited(1, Buffer.from(type)), delimited(2, delimited(1, body))]));
}

/** Bytes behind their length in four bytes. */
export function frame(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** Magic and runtime.Unknown, with the two empty fields that API servers write. */
export function envelope(kind: string, raw: Buffer): Buffer {
  const typeMeta = Buffer.concat([delimited(1, Buffer.from('v1')), delimited(2, Buffer.from(kind))]);
  const empty = Buffer.from([0x1a, 0x00, 0x22, 0x00]);
  return Buffer.concat([Buffer.from('k8s\0', 'latin1'), delimited(1, typeMeta), delimited(2, raw), empty]);
}

/** A field of wire type 2. */
export function delimited(field: number, value: Buffer): Buffer {
  return Buffer.concat([varint(BigInt(field * 8 + 2)), varint(BigInt(value.length)), value]);
}

/** A field of wire type 0; negative numbers take ten bytes. */
export function numbered(field: number, value: number | bigint): Buffer {
  return Buffer.concat([varint(BigInt(field * 8)), varint(BigInt.asUintN(64, BigInt(value)))]);
}

export function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  for (; value > 127n; value >>= 7n) bytes.push(Number(value & 127n) | 128);
  return Buffer.from([...bytes, Number(value)]);
}

type Values = Readonly<Record<string, unknown>>;
type Field = readonly [number: number, type: string];
type Message = Readonly<Record<string, Field>>;

/** By message, then by the field's name in JSON. Types: `string`, `number`, `boolean`, `map`, `time`, or a message. */
const schema: Readonly<Record<string, Message>> = {
  ListMeta: { resourceVersion: [2, 'string'], continue: [3, 'string'], remainingItemCount: [4, 'number'] },
  ObjectMeta: {
    name: [1, 'string'],
    generateName: [2, 'string'],
    namespace: [3, 'string'],
    uid: [5, 'string'],
    resourceVersion: [6, 'string'],
    generation: [7, 'number'],
    creationTimestamp: [8, 'time'],
    deletionTimestamp: [9, 'time'],
    deletionGracePeriodSeconds: [10, 'number'],
    labels: [11, 'map'],
    annotations: [12, 'map'],
    finalizers: [14, 'string'],
    managedFields: [17, 'ManagedFieldsEntry'],
  },
  ManagedFieldsEntry: {
    manager: [1, 'string'],
    operation: [2, 'string'],
    apiVersion: [3, 'string'],
    time: [4, 'time'],
    fieldsType: [6, 'string'],
  },
  Namespace: { metadata: [1, 'ObjectMeta'], status: [3, 'NamespaceStatus'] },
  NamespaceStatus: { phase: [1, 'string'] },
  Service: { metadata: [1, 'ObjectMeta'], spec: [2, 'ServiceSpec'], status: [3, 'ServiceStatus'] },
  ServiceSpec: {
    ports: [1, 'ServicePort'],
    selector: [2, 'map'],
    clusterIP: [3, 'string'],
    type: [4, 'string'],
    externalIPs: [5, 'string'],
    sessionAffinity: [7, 'string'],
    externalName: [10, 'string'],
    externalTrafficPolicy: [11, 'string'],
    publishNotReadyAddresses: [13, 'boolean'],
    ipFamilyPolicy: [17, 'string'],
    clusterIPs: [18, 'string'],
    ipFamilies: [19, 'string'],
  },
  ServicePort: {
    name: [1, 'string'],
    protocol: [2, 'string'],
    port: [3, 'number'],
    nodePort: [5, 'number'],
    appProtocol: [6, 'string'],
  },
  ServiceStatus: { loadBalancer: [1, 'LoadBalancerStatus'] },
  LoadBalancerStatus: { ingress: [1, 'LoadBalancerIngress'] },
  LoadBalancerIngress: { ip: [1, 'string'], hostname: [2, 'string'], ipMode: [3, 'string'] },
  EndpointSlice: {
    metadata: [1, 'ObjectMeta'],
    endpoints: [2, 'Endpoint'],
    ports: [3, 'EndpointPort'],
    addressType: [4, 'string'],
  },
  Endpoint: {
    addresses: [1, 'string'],
    conditions: [2, 'EndpointConditions'],
    hostname: [3, 'string'],
    targetRef: [4, 'ObjectReference'],
    deprecatedTopology: [5, 'map'],
    nodeName: [6, 'string'],
    zone: [7, 'string'],
  },
  EndpointConditions: { ready: [1, 'boolean'], serving: [2, 'boolean'], terminating: [3, 'boolean'] },
  EndpointPort: {
    name: [1, 'string'],
    protocol: [2, 'string'],
    port: [3, 'number'],
    appProtocol: [4, 'string'],
  },
  ObjectReference: { kind: [1, 'string'], namespace: [2, 'string'], name: [3, 'string'], uid: [4, 'string'] },
  Pod: { metadata: [1, 'ObjectMeta'], spec: [2, 'PodSpec'], status: [3, 'PodStatus'] },
  PodSpec: {
    nodeName: [10, 'string'],
    hostNetwork: [11, 'boolean'],
    hostname: [16, 'string'],
    subdomain: [17, 'string'],
  },
  PodStatus: { phase: [1, 'string'], hostIP: [5, 'string'], podIP: [6, 'string'], podIPs: [12, 'PodIP'] },
  PodIP: { ip: [1, 'string'] },
  Status: {
    metadata: [1, 'ListMeta'],
    status: [2, 'string'],
    message: [3, 'string'],
    reason: [4, 'string'],
    details: [5, 'StatusDetails'],
    code: [6, 'number'],
  },
  StatusDetails: {
    name: [1, 'string'],
    group: [2, 'string'],
    kind: [3, 'string'],
    retryAfterSeconds: [5, 'number'],
  },
};

function encodeMessage(message: Message, values: Values): Buffer {
  const parts: Buffer[] = [];
  // In the order of the numbers, as API servers write them.
  for (const [name, [number, type]] of Object.entries(message)) {
    const value = values[name];
    if (value === undefined || value === null) continue;
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (type === 'map') {
        for (const [key, text] of Object.entries(one as Record<string, string>)) {
          const entry = [delimited(1, Buffer.from(key)), delimited(2, Buffer.from(text))];
          parts.push(delimited(number, Buffer.concat(entry)));
        }
      } else parts.push(encodeField(number, type, one));
    }
  }
  return Buffer.concat(parts);
}

function encodeField(number: number, type: string, value: unknown): Buffer {
  if (type === 'string') return delimited(number, Buffer.from(value as string));
  if (type === 'number') return numbered(number, value as number);
  if (type === 'boolean') return numbered(number, value === true ? 1 : 0);
  if (type === 'time') return delimited(number, numbered(1, Date.parse(value as string) / 1000));
  return delimited(number, encodeMessage(schema[type]!, value as Values));
}
