/** What Athena bills for a query: https://aws.amazon.com/athena/pricing/, us-east-1, as of 2026-11. */

const DOLLARS_PER_TB = 5;
const MINIMUM_BYTES = 10_000_000;

export const PRICE_NOTE = '$5/TB, at least 10 MB a query; us-east-1, as of 2026-11';

/** The price in US dollars of a query that scans this many bytes. Statements that never scan are free. */
export const queryDollars = (scannedBytes: number): number =>
  (Math.max(scannedBytes, MINIMUM_BYTES) / 1e12) * DOLLARS_PER_TB;

/** The same as text, such as `$0.00005`. */
export const formatCost = (scannedBytes: number): string => formatDollars(queryDollars(scannedBytes));

/** Dollars as text: cents, or the first digit that is not 0. */
export const formatDollars = (dollars: number): string =>
  `$${dollars >= 0.01 ? dollars.toFixed(2) : Number(dollars.toPrecision(1)).toFixed(5)}`;
