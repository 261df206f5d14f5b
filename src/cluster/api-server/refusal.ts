import type { ApiStatus } from './watched-object.ts';

const GONE = 410;

/** What was asked about is older than what the server remembers. */
export function isExpired(status: ApiStatus): boolean {
  return status.code === GONE || status.reason === 'Expired' || status.reason === 'Gone';
}

/** Not allowed, busy or not up yet is no answer to the question whether lists are streamed. */
export function refusesStreaming({ code }: ApiStatus): boolean {
  return code !== 401 && code !== 403 && code !== 404 && code !== 429 && code !== 503 && code !== 504;
}

/** There is no such kind, or we may not see it: asking again helps only once somebody has changed that. */
export function isDenied({ code }: ApiStatus): boolean {
  return code === 403 || code === 404;
}
