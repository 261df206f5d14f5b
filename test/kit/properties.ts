import fc from 'fast-check';

/**
 * fast-check for tests of properties that have no seed of their own: they draw the same each time, so that a run that
 * passes passes anywhere. `SIGNPOST_SEED=N npm test` draws others.
 */
fc.configureGlobal({ seed: Number(process.env.SIGNPOST_SEED ?? 20_261_121) });

export { default } from 'fast-check';
