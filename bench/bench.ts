import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastingPort } from '../test/kube-apiserver/server-child.ts';
import type { Contestant, ContestLength } from './contest.ts';
import { load, start } from './load.ts';
import type { OwnServer } from './own-server.ts';
import { startPeer } from './peers.ts';
import type { Peer, PeerWork } from './peers.ts';
import { ToldUpstream } from './told-upstream.ts';

/** Options of the command line, and what all rows need. */
export interface BenchOptions {
  /** For programs, Corefiles and query files. */
  readonly folder: string;
  readonly length: ContestLength;
  /** What takes long, too. */
  readonly full: boolean;
  readonly peers: readonly Peer[];
}

/** The title of what this project's server is called in tables. */
export const OWN = 'Signpost';

/** Seconds of warming at the most. */
const MOST_WARMING = 20;
/** Queries after which V8 has compiled what matters. */
const COMPILED_AFTER = 40_000;

/** What a row starts; all of it ends with `close`. */
export class Bench {
  readonly options: BenchOptions;
  readonly #closers: (() => Promise<unknown> | void)[] = [];
  #files = 0;

  constructor(options: BenchOptions) {
    this.options = options;
  }

  get folder(): string {
    return this.options.folder;
  }

  /** echo.c: the floor of all multiples. */
  async floor(): Promise<Contestant> {
    const program = join(this.folder, 'echo');
    execFileSync('gcc', ['-O2', '-o', program, join(import.meta.dirname, 'echo.c')]);
    const port = await lastingPort();
    const echo = await start(program, [String(port)], (line) => line === 'listening');
    const ended = once(echo, 'exit');
    this.#closers.push(() => {
      echo.kill();
      return ended;
    });
    return { title: 'floor: echo.c', pid: echo.pid!, port };
  }

  /** Has a server of ours end with the row. */
  async own(starting: Promise<OwnServer>): Promise<OwnServer> {
    const server = await starting;
    this.#closers.push(() => server.stop());
    return server;
  }

  /** An upstream that answers everything; see upstream.c. */
  async upstream(): Promise<ToldUpstream> {
    const upstream = await ToldUpstream.start(ToldUpstream.compile(this.folder));
    this.#closers.push(() => upstream.stop());
    return upstream;
  }

  /** Those of the peers that are on this machine and can do the work. */
  async peers(work: PeerWork, canDo: (peer: Peer) => boolean): Promise<Contestant[]> {
    const running: Contestant[] = [];
    for (const peer of this.options.peers.filter(canDo)) {
      try {
        const started = await startPeer(peer, this.folder, work);
        this.#closers.push(() => started.stop());
        running.push(started);
      } catch (error) {
        console.log(`${peer.title} is left out: ${(error as Error).message}`);
      }
    }
    return running;
  }

  /** Writes a query file for dnsperf. @param lines `NAME TYPE` */
  queryFile(lines: readonly string[]): string {
    const path = join(this.folder, `${++this.#files}.q`);
    writeFileSync(path, `${lines.join('\n')}\n`);
    return path;
  }

  /**
   * Loads all of them for a second, and servers of ours until they have answered so many queries: what they keep is
   * there then, and what V8 compiles is compiled.
   */
  async warm(
    contestants: readonly Contestant[],
    questions: () => string,
    queries = COMPILED_AFTER,
  ): Promise<void> {
    for (const contestant of contestants) {
      const wanted = contestant.title.startsWith(OWN) ? queries : 1;
      for (let answered = 0, tries = 0; answered < wanted && tries < MOST_WARMING; tries++) {
        answered += (await load(contestant, questions(), 1)).completed;
      }
    }
  }

  async close(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
  }
}
