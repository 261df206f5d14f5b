import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { ChangeApplier } from '../../src/cluster/manifests/change-applier.ts';
import { ManifestSet, settleTime } from '../../src/cluster/manifests/manifest-set.ts';
import type { LookReport, WorkerOptions } from '../../src/cluster/manifests/messages.ts';
import { FakeClock } from './fake-clock.ts';
import { RecordingClusterWriter } from './recording-cluster-writer.ts';
import { temporaryFolder } from './temporary-folder.ts';
import type { TemporaryFolder } from './temporary-folder.ts';

/** A folder of manifests, the set that reads it without a thread, and what it told. */
export class ManifestHarness {
  readonly folder: TemporaryFolder;
  readonly writer = new RecordingClusterWriter();
  readonly clusterSet = new RecordingClusterWriter();
  readonly set: ManifestSet;
  readonly #warnings: string[] = [];
  readonly #applier = new ChangeApplier(this.writer, new FakeClock(), this.clusterSet);
  #time = 0;

  /** @param paths in the folder; the folder itself if there are none */
  constructor(
    context: TestContext,
    files: Readonly<Record<string, string>>,
    { paths = [''], ...options }: Partial<WorkerOptions> = {},
  ) {
    this.folder = temporaryFolder(context, files);
    const defaults = {
      labels: undefined,
      namespaceLabels: undefined,
      serviceCidrs: [],
      watchPods: false,
      watchClusterSet: false,
    };
    this.set = new ManifestSet(
      { ...defaults, ...options, paths: paths.map((path) => join(this.folder.path, path)) },
      (text) => this.#warnings.push(text.replaceAll(`${this.folder.path}/`, '')),
    );
  }

  /** Looks as often as it takes to read a change, and applies what was found. */
  async look(): Promise<LookReport | undefined> {
    const first = this.lookOnce();
    const second = this.lookOnce();
    this.#applier.apply([...first.changes, ...second.changes], () => {});
    await new Promise<void>((resolve) => this.#applier.afterwards(resolve));
    return second.report ?? first.report;
  }

  /** One look, `passed` milliseconds after the last. */
  lookOnce(passed = settleTime): ReturnType<ManifestSet['look']> {
    this.#time += passed;
    return this.set.look(this.#time);
  }

  takeWarnings(): string[] {
    return this.#warnings.splice(0);
  }
}

/** What objects show. */
export interface ShownObjects {
  readonly writer: RecordingClusterWriter;
  readonly clusterSet: RecordingClusterWriter;
  readonly warnings: readonly string[];
}

/** What the objects of one file show, with the warnings about them. */
export async function shown(
  context: TestContext,
  text: string,
  options: Partial<WorkerOptions> = {},
): Promise<ShownObjects> {
  const harness = new ManifestHarness(context, { 'x.yaml': text }, options);
  await harness.look();
  return { writer: harness.writer, clusterSet: harness.clusterSet, warnings: harness.takeWarnings() };
}
