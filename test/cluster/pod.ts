import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Answer } from '../integration/answer.ts';
import { ask } from '../integration/ask.ts';
import { httpGet } from '../kit/http.ts';
import { freePort, ServerProcess, sumOfMetric } from '../kit/server-process.ts';
import { podLauncher } from './pod-launcher.ts';
import { OTHER, OTHER_ADDRESS } from './shop.ts';
import { textOf } from './steady-asker.ts';
import type { KnownAnswer } from './steady-asker.ts';

/** How a pod is started; only what differs from the usual one. */
export interface PodOptions {
  /** Lines of the directive `kubernetes`. */
  readonly properties?: readonly string[];
  /** The pod's credentials, mounted where pods have them; none: the properties say how the API server is reached. */
  readonly serviceAccount?: string;
  /** Port of the API server on 127.0.0.1, for pods with credentials. */
  readonly apiPort?: number;
}

/** Signpost as a pod of the cluster: a process, its probes and its metrics. Answers `other.test` from no cluster. */
export class Pod {
  readonly server: ServerProcess;
  readonly #readyPort: number;
  readonly #metricsPort: number;

  private constructor(server: ServerProcess, readyPort: number, metricsPort: number) {
    this.server = server;
    this.#readyPort = readyPort;
    this.#metricsPort = metricsPort;
  }

  /** Starts one, and resolves once it serves; it ends with the test. */
  static async start(context: TestContext, options: PodOptions): Promise<Pod> {
    const [readyPort, metricsPort] = [await freePort(), await freePort()];
    const corefile = `.:0 {
      errors
      ready 127.0.0.1:${readyPort}
      template IN A ${OTHER} {
        answer "{{ .Name }} 60 IN A ${OTHER_ADDRESS}"
      }
      kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 30
        ${(options.properties ?? []).join('\n')}
      }
      prometheus 127.0.0.1:${metricsPort}
      cache 30
      loadbalance
    }`;
    const { serviceAccount, apiPort } = options;
    const server = await ServerProcess.start(
      corefile,
      [],
      serviceAccount === undefined
        ? {}
        : {
            launcher: [...podLauncher, serviceAccount],
            environment: {
              KUBERNETES_SERVICE_HOST: '127.0.0.1',
              KUBERNETES_SERVICE_PORT: String(apiPort),
            },
          },
    );
    context.after(() => {
      // Nobody asks any more: it need not wait for the last questions.
      server.signal('SIGINT');
      return server.ended();
    });
    return new Pod(server, readyPort, metricsPort);
  }

  /** Addresses, sorted, or the response code where there are none. */
  async ask(name: string, type: 'A' | 'AAAA' = 'A'): Promise<string> {
    return textOf(await this.askFully(name, type));
  }

  askFully(name: string, type: 'A' | 'AAAA' = 'A'): Promise<Answer> {
    return ask(this.server.port, name, type, USUAL);
  }

  /** Fails unless each of these has its answer. */
  async isRightAbout(known: readonly KnownAnswer[]): Promise<void> {
    for (const { name, expected } of known) assert.equal(await this.ask(name), expected, name);
  }

  /** Asks for `name` again and again; resolves with the milliseconds until it has this answer. */
  async turns(name: string, expected: string, limit = 30_000): Promise<number> {
    const began = performance.now();
    for (;;) {
      const found = await this.ask(name);
      const took = performance.now() - began;
      if (found === expected) return took;
      assert.ok(took < limit, `${name}: '${found}' instead of '${expected}' after ${Math.round(took)} ms`);
      await pause(2);
    }
  }

  async ready(): Promise<{ readonly status: number; readonly body: string }> {
    return httpGet(this.#readyPort, '/ready?verbose');
  }

  /** Resolves with the milliseconds until `/ready` says so. */
  async becomesReady(limit = 30_000): Promise<number> {
    return eventually(async () => (await this.ready()).status === 200, limit);
  }

  /** The sum of the lines of a metric whose labels match. */
  metric(name: string, labels?: RegExp): Promise<number> {
    return sumOfMetric(this.#metricsPort, name, labels);
  }

  /** Lines of its log that match. */
  log(pattern: RegExp): string[] {
    return this.server.output.filter((line) => pattern.test(line));
  }
}

/** Resolves with the milliseconds until it is so; fails after `limit` of them. */
export async function eventually(isSo: () => boolean | Promise<boolean>, limit = 30_000): Promise<number> {
  const began = performance.now();
  while (!(await isSo())) {
    assert.ok(performance.now() - began < limit, `not so after ${limit} ms: ${String(isSo)}`);
    await pause(5);
  }
  return performance.now() - began;
}

const USUAL = { protocol: 'udp', receiveSize: 1232 } as const;
