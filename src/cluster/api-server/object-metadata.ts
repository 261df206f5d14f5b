/** What is read of an object's metadata. */
export interface ObjectMetadata {
  /** '' where there is none. */
  readonly namespace: string;
  readonly name: string;
  /** '' unless it was asked for. */
  readonly uid: string;
  readonly resourceVersion: string;
  /** It has a deletionTimestamp. */
  readonly deleting: boolean;
  /** Values of the labels that were asked for, in that order; '' where there is none. */
  readonly labels: readonly string[];
  /** The same of annotations. */
  readonly annotations: readonly string[];
}

/** Keys of labels and annotations to read, and whether the UID is; the many others are skipped. */
export interface WantedMetadata {
  readonly labels: readonly string[];
  readonly annotations: readonly string[];
  readonly uid?: boolean;
  /** The first annotation is the time of what brought the change about. */
  readonly isTimed?: boolean;
}

/** Where nothing but names and versions is wanted. */
export const PLAIN_METADATA: WantedMetadata = { labels: [], annotations: [] };

/** Annotation of the bookmark after which a watch has told all that was there (WatchList). */
export const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/** Metadata of a bookmark. */
export const BOOKMARK_METADATA: WantedMetadata = { labels: [], annotations: [INITIAL_EVENTS_END] };

/** How an object is called in messages: `EndpointSlice shop/web-x7k2p`, with as much of it as is known. */
export function titleOf(kind: string, metadata: ObjectMetadata | undefined): string {
  if (metadata === undefined || metadata.name === '') return kind;
  const { namespace, name } = metadata;
  return `${kind} ${namespace === '' ? shown(name) : `${shown(namespace)}/${shown(name)}`}`;
}

/** Text of unknown origin, fit for a line of a message. */
export function shown(text: string): string {
  const cut = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
  return cut.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}

const LONGEST_SHOWN = 160;
