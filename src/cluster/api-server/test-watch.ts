import { FakeClock } from '../../../test/kit/fake-clock.ts';
import { ScriptedApiConnection, type ScriptedRequest } from '../../../test/kit/scripted-api-connection.ts';
import { createLogger } from '../../log/logger.ts';
import { seededRandom } from '../../plugin/random.ts';
import { namespaceDecoder } from './decoders.ts';
import { ListWatch } from './list-watch.ts';

/** A watch of Namespaces whose API server is the test. */
export class Bench {
  readonly clock = new FakeClock();
  readonly connection = new ScriptedApiConnection();
  readonly held = new Set<string>();
  readonly lines: string[] = [];
  readonly applied: string[] = [];
  readonly watch: ListWatch<string>;

  /** @param alone whether nobody else fills what it holds */
  constructor(alone = true) {
    this.watch = new ListWatch<string>({
      connection: this.connection,
      resource: { name: 'namespaces', path: '/api/v1/namespaces', labelSelector: 'a=b', fieldSelector: '' },
      decoder: namespaceDecoder,
      alone,
      sink: {
        put: ({ name }) => this.held.add(name),
        remove: (_, name) => this.held.delete(name),
        keys: () => [...this.held].map((name) => `/${name}`),
      },
      clock: this.clock,
      random: seededRandom(1),
      log: createLogger((line) => this.lines.push(line)),
      listener: {
        changed: () => undefined,
        applied: (object) => this.applied.push(object.name),
        malformed: () => undefined,
      },
    });
    this.watch.start();
  }

  get last(): ScriptedRequest {
    return this.connection.last;
  }

  get requestCount(): number {
    return this.connection.requests.length;
  }

  get names(): string {
    return [...this.held].sort().join(' ');
  }

  /** Streams `names`, and leaves the watch open. */
  synced(names: readonly string[], version = '10'): this {
    this.last.accept().send(...names.map((name) => added(name, '5')), initialEnd(version));
    return this;
  }

  /** What the last request asks for. */
  asks(): string {
    const { parameters } = this.last;
    if (parameters.get('sendInitialEvents') === 'true') return 'stream';
    if (parameters.get('watch') === '1') return `watch from ${parameters.get('resourceVersion')}`;
    return `list ${parameters.get('limit') ?? 'all'} ${parameters.get('continue') ?? ''}`.trim();
  }
}

function namespace(name: string, resourceVersion: string): unknown {
  return { kind: 'Namespace', apiVersion: 'v1', metadata: { name, resourceVersion } };
}

const event = (type: string, object: unknown): unknown => ({ type, object });
/** An event of a watch. */
export const added = (name: string, version: string): unknown => event('ADDED', namespace(name, version));
/** An event of a watch. */
export const deleted = (name: string, version: string): unknown => event('DELETED', namespace(name, version));
/** A bookmark of a watch. */
export function bookmark(resourceVersion: string, annotations = {}): unknown {
  return { type: 'BOOKMARK', object: { kind: 'Namespace', metadata: { resourceVersion, annotations } } };
}

/** The bookmark after all that there was. */
export const initialEnd = (version: string): unknown =>
  bookmark(version, { 'k8s.io/initial-events-end': 'true' });

/** The event that ends a watch with a status. */
export function errorEvent(code: number, reason: string): unknown {
  return { type: 'ERROR', object: { kind: 'Status', status: 'Failure', code, reason, message: 'so it is' } };
}

/** A page of a list. */
export function page(names: readonly string[], resourceVersion: string, continueToken = ''): unknown {
  const items = names.map((name) => namespace(name, '1'));
  return { kind: 'NamespaceList', metadata: { resourceVersion, continue: continueToken }, items };
}
