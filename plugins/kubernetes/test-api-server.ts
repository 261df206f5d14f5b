import assert from 'node:assert/strict';
import { rcodeName } from '../../src/wire/codes.ts';
import { readExtendedError } from '../../src/wire/extended-error.ts';
import { pluginMap } from '../../test/kit/answering.ts';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { ScriptedApiConnection } from '../../test/kit/scripted-api-connection.ts';
import type { ScriptedRequest } from '../../test/kit/scripted-api-connection.ts';
import { recordText } from '../../test/kit/record-text.ts';
import { TestServer } from '../../test/kit/server.ts';
import { kubernetesOf } from './test-machine.ts';

/** Where ServiceImports and EndpointSlices are. */
export const IMPORTS = '/apis/multicluster.x-k8s.io/v1alpha1/serviceimports';
export const SLICES = '/apis/discovery.k8s.io/v1/endpointslices';

const KINDS = new Map([
  ['/api/v1/namespaces', 'Namespace'],
  ['/api/v1/services', 'Service'],
  [SLICES, 'EndpointSlice'],
  [IMPORTS, 'ServiceImport'],
]);

/** A server whose API server is the test. */
export class ApiBench {
  readonly clock = new FakeClock();
  readonly connection = new ScriptedApiConnection();
  readonly server: TestServer;
  #starting: Promise<void> | undefined;

  /** @param others more server blocks */
  constructor(properties: string, others = '') {
    const plugin = kubernetesOf(() => Promise.resolve(this.connection));
    const corefile = `. {\n kubernetes cluster.local clusterset.local {\n${properties}\n }\n}\n${others}`;
    this.server = new TestServer(corefile, { clock: this.clock, plugins: pluginMap(plugin) });
  }

  /** Starts the server up to its first requests. */
  async begin(): Promise<void> {
    this.#starting = this.server.signpost.start();
    while (this.connection.requests.length === 0) await Promise.resolve();
  }

  /** Resolves when it serves. */
  async serves(): Promise<void> {
    await this.#starting;
  }

  /** The last request for this, by its path and selector. */
  request(path: string, labelSelector = ''): ScriptedRequest {
    const found = this.connection.requests.findLast(
      (request) =>
        request.path.startsWith(`${path}?`) &&
        (request.parameters.get('labelSelector') ?? '') === labelSelector,
    );
    assert.ok(found !== undefined, `${path} was not asked for`);
    return found;
  }

  /** What was asked for, without what is the same everywhere. */
  asked(): string[] {
    return this.connection.requests.map(({ path, parameters }) =>
      `${path.slice(0, path.indexOf('?'))} ${parameters.get('labelSelector') ?? ''}`.trim(),
    );
  }

  /** Tells all that there is, and the end of it. */
  tell(path: string, labelSelector = '', ...objects: readonly object[]): void {
    const kind = KINDS.get(path)!;
    const events = objects.map((object) => ({ type: 'ADDED', object: { kind, ...object } }));
    const metadata = { resourceVersion: '9', annotations: { 'k8s.io/initial-events-end': 'true' } };
    const end = { type: 'BOOKMARK', object: { kind, metadata } };
    this.request(path, labelSelector)
      .accept()
      .send(...events, end);
  }

  async rcode(name: string): Promise<string> {
    return rcodeName((await this.server.ask(name, 'A'))!.rcode);
  }

  /** Address records of the answer. */
  async answer(name: string): Promise<string[]> {
    return (await this.server.ask(name, 'A'))!.answer.map(recordText);
  }

  /** Code of the Extended DNS Error that clients with EDNS are told. */
  async extendedError(name: string): Promise<number | undefined> {
    const response = await this.server.ask(name, 'A', { edns: {} });
    return readExtendedError(response!.edns)?.code;
  }
}
