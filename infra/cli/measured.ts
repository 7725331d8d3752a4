/**
 * The file that a session of the local runtime writes at its end: how many AWS calls it made for how many readings.
 * `npm run cost` shows these figures beside its bill.
 */
import { z } from 'zod';

/** In the state folder. */
export const MEASURED_FILE = 'calls.json';

const count = z.int().min(0);
const calls = z.record(z.string(), count);

export const measuredSchema = z.object({
  /** ISO 8601. */
  started_at: z.iso.datetime(),
  ended_at: z.iso.datetime(),
  /** Lines that the stream accepted. */
  readings: count,
  /** Of the detector, by the event source mapping. */
  invocations: count,
  /** Calls of each AWS operation by everybody, such as `{ "kinesis.PutRecords": 12 }`. */
  calls,
  /** Only the calls that the detector made. */
  detector_calls: calls,
});

export type Measured = z.infer<typeof measuredSchema>;
