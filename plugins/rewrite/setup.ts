import { RewriteHandler } from './handler.ts';
import type { Options } from './parse.ts';

/** Makes the handler; the rules are ready as they were read. */
export function setup({ steps }: Options): RewriteHandler {
  return new RewriteHandler(steps);
}
