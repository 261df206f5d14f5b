import { parsed, textOf } from './json-value.ts';
import { SnapshotError } from './snapshot-error.ts';

/** Whose objects a snapshot holds, and from when. */
export interface SnapshotHeader {
  /** UID of the namespace kube-system; '' where it was not known. */
  readonly uid: string;
  /** Where the cluster was reached: `ApiConnection.cluster`. */
  readonly cluster: string;
  /** Which of the cluster's objects were watched. */
  readonly selection: string;
  /** Unix time in milliseconds at which all of it was true. */
  readonly time: number;
}

const FORMAT = 'signpost cluster snapshot';
const VERSION = 1;

/** The first line of a snapshot, without its end. */
export function headerLine({ uid, cluster, selection, time }: SnapshotHeader): string {
  const written = new Date(time).toISOString();
  return JSON.stringify({ format: FORMAT, version: VERSION, time: written, uid, cluster, selection });
}

/** @throws {SnapshotError} */
export function readHeaderLine(line: string): SnapshotHeader {
  if (!line.startsWith(`{"format":"${FORMAT}"`)) throw new SnapshotError('it is no snapshot of a cluster');
  const header = parsed(line) as Readonly<Record<string, unknown>>;
  if (header['version'] !== VERSION) {
    const found = JSON.stringify(header['version']);
    throw new SnapshotError(`its format is of version ${found}; expected ${VERSION}`);
  }
  const time = Date.parse(textOf(header['time']));
  if (Number.isNaN(time)) throw new SnapshotError('its time is none');
  return {
    uid: textOf(header['uid']),
    cluster: textOf(header['cluster']),
    selection: textOf(header['selection']),
    time,
  };
}
