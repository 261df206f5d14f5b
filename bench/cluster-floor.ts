import { readFileSync } from 'node:fs';
import { connect } from 'node:http2';
import type { ClientHttp2Session } from 'node:http2';
import { streamPath } from '../src/cluster/api-server/resource-paths.ts';
import type { ApiServer } from '../test/kube-apiserver/api-server.ts';
import { COREDNS } from '../test/kube-apiserver/credentials.ts';

const paths = ['/api/v1/namespaces', '/api/v1/services', '/apis/discovery.k8s.io/v1/endpointslices'];
/** In the bookmark that ends what there was. */
const END = 'k8s.io/initial-events-end';
/** More bytes than that bookmark has. */
const BOOKMARK = 600;

/** Milliseconds that the API server takes to stream all objects to a client that looks at none of them. */
export async function timeOfStreams(api: ApiServer): Promise<number> {
  const session = connect(api.url, { ca: readFileSync(api.authority.certificate) });
  const began = performance.now();
  try {
    await Promise.all(paths.map((path) => readStream(session, path)));
    return performance.now() - began;
  } finally {
    session.destroy();
  }
}

function readStream(session: ClientHttp2Session, path: string): Promise<void> {
  const resource = { name: '', path, labelSelector: '', fieldSelector: '' };
  const stream = session.request({
    ':path': streamPath(resource, 60),
    accept: 'application/vnd.kubernetes.protobuf',
    authorization: `Bearer ${COREDNS.token}`,
  });
  return new Promise((resolve, reject) => {
    stream.on('error', reject);
    stream.on('end', () => reject(new Error(`${path}: ended early`)));
    let tail = Buffer.alloc(0);
    stream.on('data', (piece: Buffer) => {
      tail = Buffer.concat([tail, piece]).subarray(-BOOKMARK);
      if (tail.includes(END)) resolve();
    });
  });
}
