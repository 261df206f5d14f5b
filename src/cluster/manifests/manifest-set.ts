import { parseLabelSelector } from '../label-selector.ts';
import { listFiles } from './list-files.ts';
import type { ListedFile, Listing } from './list-files.ts';
import type { BrokenFile, LookReport, ObjectCounts, WorkerOptions } from './messages.ts';
import { DocumentError } from './parse-document.ts';
import type { Selectors } from './read-objects.ts';
import { readFile } from './read-file.ts';
import type { ReadDocument } from './read-file.ts';
import { resolveObjects } from './resolve-objects.ts';
import type { PlacedObject, ResolveOptions } from './resolve-objects.ts';
import { defaultServiceCidrs, parseServiceCidr } from './service-addresses.ts';
import type { AddressPool } from './service-addresses.ts';

/** What one look at the files found. */
export interface Look {
  /** Messages and, with `-` before them, keys that are gone; as in `Resolution`. */
  readonly changes: readonly string[];
  /** Some file changed a moment ago and was not read yet: look again after `settleTime`. */
  readonly unsettled: boolean;
  /** Undefined when all is as before. */
  readonly report: LookReport | undefined;
}

/** A changed file is read once it has been the same for this long, in milliseconds: it may be half written. */
export const settleTime = 50;

const mostWarnings = 20;

interface FileState {
  /** What was read last, '' for nothing. */
  signature: string;
  /** What was seen last, and since when. */
  seen: string;
  since: number;
  /** A good version was read. */
  held: boolean;
  documents: readonly ReadDocument[];
  broken: BrokenFile | undefined;
}

/**
 * The manifests of some paths: reads what changed of them and tells what that changes for the cluster. The worker's
 * part of the manifests source; it knows nothing of threads.
 */
export class ManifestSet {
  readonly #paths: readonly string[];
  readonly #selectors: Selectors;
  readonly #resolveOptions: ResolveOptions;
  readonly #warn: (text: string) => void;
  /** By path, in path order. */
  #files = new Map<string, FileState>();
  #messages: ReadonlyMap<string, string> = new Map();
  #directories: ReadonlyMap<string, string> = new Map();
  #warnings: ReadonlyMap<string, string> = new Map();
  #absent: ReadonlyMap<string, string> = new Map();
  #first = true;

  constructor(options: WorkerOptions, warn: (text: string) => void) {
    const { labels, namespaceLabels } = options;
    this.#paths = options.paths;
    this.#selectors = {
      labels: labels === undefined ? undefined : parseLabelSelector(labels),
      namespaceLabels: namespaceLabels === undefined ? undefined : parseLabelSelector(namespaceLabels),
      clusterSet: options.watchClusterSet,
    };
    this.#resolveOptions = {
      pools: addressPools(options.serviceCidrs),
      watchPods: options.watchPods,
      namespaceLabels: this.#selectors.namespaceLabels,
    };
    this.#warn = warn;
  }

  /** @param time of a monotonic clock, in milliseconds */
  look(time: number): Look {
    const listing = listFiles(this.#paths);
    this.#absent = this.#tellNew(listing.absent, this.#absent);
    let unsettled = false;
    let changed = this.#first || !sameEntries(listing.directories, this.#directories);
    let parsed = 0;
    const files = new Map<string, FileState>();
    for (const file of this.#withMissing(listing)) {
      const state = this.#files.get(file.path) ?? newState();
      files.set(file.path, state);
      if (file.signature === state.signature) {
        state.seen = file.signature;
        continue;
      }
      if (!this.#first && !isSettled(state, file.signature, time)) {
        unsettled = true;
        continue;
      }
      state.signature = file.signature;
      changed = true;
      if (file.signature === '') files.delete(file.path);
      else parsed += this.#read(file.path, state);
    }
    this.#files = files;
    this.#directories = listing.directories;
    this.#first = false;
    if (!changed) return { changes: [], unsettled, report: undefined };
    const changes = this.#resolve();
    return { changes, unsettled, report: this.#report(parsed) };
  }

  /** The files that there are, and in their places those that there were. */
  #withMissing(listing: Listing): ListedFile[] {
    const files = [...listing.files];
    if (listing.files.length >= this.#files.size && files.every((file) => this.#files.has(file.path)))
      return files;
    const listed = new Set(files.map((file) => file.path));
    let place = 0;
    for (const path of this.#files.keys()) {
      const found = listed.has(path) ? files.findIndex((file) => file.path === path) : -1;
      if (found >= 0) place = found + 1;
      else files.splice(place++, 0, { path, signature: '' });
    }
    return files;
  }

  /** Returns how many documents were parsed. */
  #read(path: string, state: FileState): number {
    try {
      const { documents, warnings, parsed } = readFile(path, state.documents, this.#selectors);
      state.documents = documents;
      state.held = true;
      state.broken = undefined;
      this.#tell(warnings.map(({ line, message }) => `${path}:${line}: ${message}`));
      return parsed;
    } catch (error) {
      // Whatever it is (a document too long for a string, …), it concerns this file alone.
      const line = error instanceof DocumentError ? error.line : 0;
      const { message } = error as Error;
      const before = state.broken;
      state.broken = { file: path, line, message, held: state.held };
      if (before?.line === line && before.message === message) return 0;
      const outcome = state.held ? 'its last good version stays' : 'nothing of it is taken';
      this.#warn(`${line > 0 ? `${path}:${line}` : path}: ${message}; ${outcome}`);
      return 0;
    }
  }

  #resolve(): string[] {
    const { messages, warnings } = resolveObjects(this.#objects(), this.#resolveOptions);
    this.#warnings = this.#tellNew(warnings, this.#warnings);
    const before = this.#messages;
    const changes: string[] = [];
    for (const [key, message] of messages) if (before.get(key) !== message) changes.push(message);
    const gone: string[] = [];
    for (const key of before.keys()) if (!messages.has(key)) gone.push(`-${key}`);
    this.#messages = messages;
    // Backwards: Services before their slices, so that none is seen without; Namespaces last.
    return changes.concat(gone.reverse());
  }

  *#objects(): Generator<PlacedObject> {
    for (const [file, state] of this.#files) {
      for (const document of state.documents) for (const object of document.objects) yield { object, file };
    }
  }

  #report(parsed: number): LookReport {
    const broken: BrokenFile[] = [];
    for (const state of this.#files.values()) if (state.broken !== undefined) broken.push(state.broken);
    return {
      directories: this.#directories,
      broken,
      files: this.#files.size,
      objects: counts(this.#messages.keys()),
      parsed,
    };
  }

  /** Tells the warnings that were not there the last time; returns those of now. */
  #tellNew(
    now: ReadonlyMap<string, string>,
    before: ReadonlyMap<string, string>,
  ): ReadonlyMap<string, string> {
    this.#tell([...now].filter(([about]) => !before.has(about)).map(([, warning]) => warning));
    return now;
  }

  /** A copy of a large file in the same directory is not worth ten thousand lines. */
  #tell(warnings: readonly string[]): void {
    for (const warning of warnings.slice(0, mostWarnings)) this.#warn(warning);
    const rest = warnings.length - mostWarnings;
    if (rest > 0) this.#warn(`manifests: and ${rest} more warnings like these`);
  }
}

function newState(): FileState {
  return { signature: '', seen: '', since: 0, held: false, documents: [], broken: undefined };
}

/** Whether a file has looked like this for long enough. */
function isSettled(state: FileState, signature: string, time: number): boolean {
  if (state.seen === signature) return time - state.since >= settleTime;
  state.seen = signature;
  state.since = time;
  return false;
}

/** One pool a family; the family of the first prefix named is what Services get by default. */
export function addressPools(serviceCidrs: readonly string[]): AddressPool[] {
  const pools: AddressPool[] = [];
  for (const cidr of [...serviceCidrs, defaultServiceCidrs.IPv4, defaultServiceCidrs.IPv6]) {
    const pool = parseServiceCidr(cidr);
    if (!pools.some((earlier) => earlier.family === pool.family)) pools.push(pool);
  }
  return pools;
}

function counts(keys: Iterable<string>): ObjectCounts {
  const by: Record<string, number> = {};
  for (const key of keys) by[key[0]!] = (by[key[0]!] ?? 0) + 1;
  return {
    namespaces: by['N'] ?? 0,
    services: by['S'] ?? 0,
    endpointSlices: by['E'] ?? 0,
    pods: by['P'] ?? 0,
  };
}

function sameEntries(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (b.get(key) !== value) return false;
  return true;
}
