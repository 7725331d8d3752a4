/** Properties draw the same cases in every run, so that a commit that was green stays green. `FAST_CHECK_SEED=$RANDOM npm test` draws others. */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env.FAST_CHECK_SEED ?? 1) });
