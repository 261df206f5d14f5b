/** Objects of one kind in the Kubernetes API, or those of them that selectors select at the server. */
export interface WatchedResource {
  /** For log lines: `services`. */
  readonly name: string;
  /** `/api/v1/services` */
  readonly path: string;
  /** '' selects all. */
  readonly labelSelector: string;
  readonly fieldSelector: string;
}

/** Objects in a page of a list. */
const PAGE_SIZE = 500;

/** A page of a list. @param continueToken '' for the first @param inPages false asks for all of it at once */
export function pagePath(resource: WatchedResource, continueToken: string, inPages: boolean): string {
  const parameters = selection(resource);
  if (inPages) parameters.set('limit', String(PAGE_SIZE));
  if (continueToken !== '') parameters.set('continue', continueToken);
  return path(resource, parameters);
}

/** Changes after `resourceVersion`. @param seconds after which the server ends the watch */
export function watchPath(resource: WatchedResource, resourceVersion: string, seconds: number): string {
  const parameters = watching(resource, seconds);
  parameters.set('resourceVersion', resourceVersion);
  return path(resource, parameters);
}

/** All there is, a bookmark that says so, and changes from then on (WatchList). */
export function streamPath(resource: WatchedResource, seconds: number): string {
  const parameters = watching(resource, seconds);
  parameters.set('sendInitialEvents', 'true');
  parameters.set('resourceVersionMatch', 'NotOlderThan');
  return path(resource, parameters);
}

function watching(resource: WatchedResource, seconds: number): URLSearchParams {
  const parameters = selection(resource);
  parameters.set('watch', '1');
  parameters.set('allowWatchBookmarks', 'true');
  parameters.set('timeoutSeconds', String(seconds));
  return parameters;
}

function selection({ labelSelector, fieldSelector }: WatchedResource): URLSearchParams {
  const parameters = new URLSearchParams();
  if (labelSelector !== '') parameters.set('labelSelector', labelSelector);
  if (fieldSelector !== '') parameters.set('fieldSelector', fieldSelector);
  return parameters;
}

function path(resource: WatchedResource, parameters: URLSearchParams): string {
  const query = parameters.toString();
  return query === '' ? resource.path : `${resource.path}?${query}`;
}
