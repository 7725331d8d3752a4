/** Apart from durations themselves: a cold start of the detector need not load a schema. */
import * as z from 'zod/mini';
import { DURATION_PATTERN, isTooLong } from './duration.ts';
import './english.ts';

/** A duration as a string in a JSON file, checked but kept as written. */
export const durationSchema = z.string().check(
  z.regex(DURATION_PATTERN, {
    // A text that is not a duration must not reach checks that compute with it.
    abort: true,
    error: (issue) => `Expected a duration such as 30s, 5m or 1h, got "${String(issue.input)}"`,
  }),
  z.refine((text) => !isTooLong(text), {
    abort: true,
    error: (issue) => `Expected at most 36500d, which is 100 years, got "${String(issue.input)}"`,
  }),
);
