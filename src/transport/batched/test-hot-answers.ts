import type { HotAnswers } from './hot-answers.ts';

/**
 * Hot answers for the tests of workers: `hit …` comes back as `HIT …`, `long` as 4,096 bytes, `learnt` as what was
 * posted last, and `crash` ends the worker.
 */
export function createHotAnswers(data: { readonly mark: string }): HotAnswers {
  let learnt = 'nothing';
  return {
    begin: () => undefined,
    sent: () => undefined,
    isWorthLearning: (slab, offset, length) =>
      slab.toString('latin1', offset, offset + length) === 'teach me',
    answer(slab, offset, length, room, family) {
      const question = slab.toString('latin1', offset, offset + length);
      if (question === 'crash') throw new Error('crashed on purpose');
      if (question === 'long') {
        slab.fill(data.mark, offset, offset + room);
        return room;
      }
      if (question === 'learnt') return slab.write(learnt, offset, 'latin1');
      if (!question.startsWith('hit')) return 0;
      slab.write(`HIT${question.slice(3)}${data.mark}${family}`, offset, 'latin1');
      return length + data.mark.length + 1;
    },
    learn(message) {
      learnt = message as string;
    },
  };
}
