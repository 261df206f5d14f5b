/** A file that is no snapshot that can be used. The message says why, without the file's name. */
export class SnapshotError extends Error {
  readonly code = 'ERR_SNAPSHOT';
}
