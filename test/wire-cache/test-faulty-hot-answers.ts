import { createHotAnswers as createHotWireCache } from '../../src/data-plane/hot-wire-cache.ts';
import type { HotWireCacheData } from '../../src/data-plane/hot-wire-cache.ts';
import type { HotAnswers } from '../../src/transport/batched/hot-answers.ts';

/** The wire cache, in a worker that is lost when it is asked for a name that begins with `crash`. */
export function createHotAnswers(data: HotWireCacheData): HotAnswers {
  const hot = createHotWireCache(data);
  const answer = hot.answer.bind(hot);
  hot.answer = (slab, offset, ...rest) => {
    if (slab.toString('latin1', offset + 13, offset + 18) === 'crash') throw new Error('crashed on purpose');
    return answer(slab, offset, ...rest);
  };
  return hot;
}
