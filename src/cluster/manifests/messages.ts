/** What the worker is started with. */
export interface WorkerOptions {
  readonly paths: readonly string[];
  /** Texts of the selectors; undefined selects all. */
  readonly labels: string | undefined;
  readonly namespaceLabels: string | undefined;
  readonly serviceCidrs: readonly string[];
  readonly watchPods: boolean;
  /** Whether ServiceImports and their EndpointSlices are wanted. */
  readonly watchClusterSet: boolean;
}

/** To the worker. */
export type ToWorker =
  /** Look at the files. `time` is that of a monotonic clock, in milliseconds. */
  | { readonly type: 'look'; readonly time: number }
  /** A batch was applied; another may be sent. */
  | { readonly type: 'applied' };

/** From the worker. */
export type FromWorker =
  | { readonly type: 'warning'; readonly text: string }
  /** Changes for the store, in order: messages as in `Resolution`, or `-` and a key that is gone. */
  | { readonly type: 'batch'; readonly changes: readonly string[] }
  /** A look is over, and all batches of it were sent. */
  | {
      readonly type: 'looked';
      /** A file is being written: look again soon. */
      readonly unsettled: boolean;
      readonly report: LookReport | undefined;
    };

/** What changed since the last report; undefined where nothing did. */
export interface LookReport {
  /** Directories to watch, with what changes when one is replaced. */
  readonly directories: ReadonlyMap<string, string>;
  readonly broken: readonly BrokenFile[];
  readonly files: number;
  /** Objects as they are put to the store. */
  readonly objects: ObjectCounts;
  /** Documents that this look parsed. */
  readonly parsed: number;
}

/** A file that does not parse now. */
export interface BrokenFile {
  readonly file: string;
  /** From 1; 0 when the file cannot be read at all. */
  readonly line: number;
  readonly message: string;
  /** A good version of it was seen, and still counts. */
  readonly held: boolean;
}

/** How many objects are put to the store. */
export interface ObjectCounts {
  readonly namespaces: number;
  readonly services: number;
  readonly endpointSlices: number;
  readonly pods: number;
}
