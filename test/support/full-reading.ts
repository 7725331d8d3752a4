import type { Metric, Reading } from '../../services/contract/reading.ts';

/** A reading of a device that has every sensor. */
export type FullReading = Reading & Record<Metric, number>;
