/** What Athena bills of a query: https://aws.amazon.com/athena/pricing/, us-east-1, as of 2026-11. */

const DOLLARS_PER_TB = 5;
const MINIMUM_BYTES = 10_000_000;

/** US dollars for a query that scans so many bytes; statements that scan nothing by their nature are free. */
export const queryDollars = (scannedBytes: number): number =>
  (Math.max(scannedBytes, MINIMUM_BYTES) / 1e12) * DOLLARS_PER_TB;
