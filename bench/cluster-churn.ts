import { setTimeout as pause } from 'node:timers/promises';
import { megabytes } from '../test/kit/statistics.ts';
import type { ApiServer } from '../test/kube-apiserver/api-server.ts';
import type { KubernetesObject } from '../test/kube-apiserver/object-path.ts';
import {
  asStored,
  benchService,
  dnsName,
  ENDPOINTS_EACH,
  endpointAddress,
  sliceObject,
} from './cluster-objects.ts';
import { hasAddress } from './cluster-questions.ts';
import type { Questions } from './cluster-questions.ts';
import { cpuMilliseconds, peakLimit, startReady, stopReady } from './cluster-start.ts';
import type { ClusterSettings } from './cluster-start.ts';
import { printFigure } from './forward-world.ts';
import { residentMemory } from './load.ts';
import { openLoop } from './open-loop.ts';
import type { LoadReport } from './open-loop.ts';

/** EndpointSlice changes a second. */
const CHANGE_RATE = 500;
/** Of these, made through the API and then asked for; the others are put into etcd, which is less work for a machine. */
const OBSERVED_RATE = 20;
/** Milliseconds between two bundles of changes. */
const BUNDLE_EVERY = 20;
/** Changes of a bundle, however late it is. */
const MOST_AT_ONCE = 100;
/** Queries a second for names whose Services nobody changes. */
const QUERY_RATE = 5000;
/** Seconds of queries before anything changes: what this machine makes of them by itself. */
const CALM_SECONDS = 4;
/** Different names among them. */
const NAMES = 500;
/** Slices that are changed in turn: those of the headless Services of an odd number below twice this. */
const CHANGED = 2000;
/** Of these, changed through the API. */
const OBSERVED = 100;
/** Milliseconds. */
const P99_LIMIT = 5;
const STALENESS_LIMIT = 50;

/** EndpointSlices change all the time, while other names are asked for. */
export async function measureChurn(settings: ClusterSettings): Promise<void> {
  const seconds = settings.full ? 60 : 10;
  const ready = await startReady(settings);
  try {
    const churn = new Churn(settings.api, ready.questions);
    const names = Array.from({ length: NAMES }, (_, index) => dnsName(benchService(2 * CHANGED + 2 * index)));
    const load = { port: ready.server.ports.dns, rate: QUERY_RATE, seconds, names, skip: QUERY_RATE };
    const calm = await openLoop({ ...load, seconds: CALM_SECONDS });
    const { pid } = ready.server;
    const [before, began] = [cpuMilliseconds(pid), performance.now()];
    const [report] = await Promise.all([openLoop(load), churn.run(seconds)]);
    const share = (100 * (cpuMilliseconds(pid) - before)) / (performance.now() - began);
    const rate = Math.round(churn.changes / seconds);
    printFigure(`${CHANGE_RATE} EndpointSlice changes/s for ${seconds} s: made`, `${rate}/s`);
    printFigure(`names at ${QUERY_RATE} queries/s before`, timesOf(calm));
    const title = `other names at ${QUERY_RATE} queries/s meanwhile`;
    printFigure(title, timesOf(report), {
      text: `p99 ${P99_LIMIT} ms`,
      met: report.p99 < P99_LIMIT,
      isTime: true,
    });
    const wrong = report.sent - (report.rcodes['NOERROR'] ?? 0);
    // What the kernel dropped of a burst on a busy machine is a matter of time too.
    printFigure(`${title}: without a good answer`, `${wrong} of ${report.sent}`, {
      text: '0',
      met: wrong === 0,
      isTime: true,
    });
    printFigure('the server’s CPU meanwhile, all threads', `${share.toFixed(0)} % of a core`);
    const slowest = Math.max(...churn.staleness);
    printFigure(
      `changed names, ${churn.staleness.length} looked at: staleness`,
      `${slowest.toFixed(1)} ms at most`,
      {
        text: `${STALENESS_LIMIT} ms`,
        met: slowest <= STALENESS_LIMIT,
        isTime: true,
      },
    );
    const { now, peak } = residentMemory(pid);
    printFigure(
      'memory afterwards, and at its highest',
      `${megabytes(now)} MB, ${megabytes(peak)} MB`,
      peakLimit(peak),
    );
  } finally {
    await stopReady(ready);
  }
}

function timesOf({ p50, p99, slowest }: LoadReport): string {
  return `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(1)} ms, slowest ${slowest.toFixed(0)} ms`;
}

/** Changes slices at a steady rate, and looks at some of the answers. */
class Churn {
  changes = 0;
  /** Milliseconds from the API's reply to the right answer. */
  readonly staleness: number[] = [];
  readonly #api: ApiServer;
  readonly #questions: Questions;
  #isOver = false;

  constructor(api: ApiServer, questions: Questions) {
    this.#api = api;
    this.#questions = questions;
  }

  async run(seconds: number): Promise<void> {
    setTimeout(() => (this.#isOver = true), seconds * 1000);
    await Promise.all([this.#changeMany(), this.#observe()]);
  }

  async #changeMany(): Promise<void> {
    const bundle = ((CHANGE_RATE - OBSERVED_RATE) * BUNDLE_EVERY) / 1000;
    const began = performance.now();
    for (let number = 0; !this.#isOver;) {
      const due = ((performance.now() - began) / 1000) * (CHANGE_RATE - OBSERVED_RATE);
      if (number + bundle > due) {
        await pause(1);
        continue;
      }
      const end = Math.min(Math.floor(due), number + MOST_AT_ONCE);
      const objects = Array.from({ length: end - number }, (_, place) => changedSlice(number + place));
      await this.#api.smuggleAll(objects);
      this.changes += objects.length;
      number = end;
    }
  }

  async #observe(): Promise<void> {
    const client = this.#api.client();
    const began = performance.now();
    for (let number = 0; !this.#isOver; number++) {
      const index = 2 * (number % OBSERVED) + 1;
      const shift = 1 + Math.floor(number / OBSERVED);
      const { endpoints } = sliceObject(index, ENDPOINTS_EACH, shift) as { endpoints?: unknown };
      await client.patch(sliceObject(index), { endpoints });
      const replied = performance.now();
      this.changes++;
      const address = endpointAddress(index, 0, shift);
      const seen = await this.#questions.until(dnsName(benchService(index)), hasAddress(address));
      this.staleness.push(seen - replied);
      await pause(Math.max(0, began + ((number + 1) * 1000) / OBSERVED_RATE - performance.now()));
    }
  }
}

/** The change with this number, as etcd has it. */
function changedSlice(number: number): KubernetesObject {
  const index = 2 * (OBSERVED + (number % (CHANGED - OBSERVED))) + 1;
  const shift = 1 + Math.floor(number / (CHANGED - OBSERVED));
  return asStored(sliceObject(index, ENDPOINTS_EACH, shift), number);
}
