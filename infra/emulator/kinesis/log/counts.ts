/** How much there is of a stream: records, and the lines in them. */
import { z } from 'zod';
import { userRecordsOf } from './aggregated.ts';

export const countsSchema = z.object({ records: z.number(), lines: z.number() });
export type Counts = z.infer<typeof countsSchema>;

export const NOTHING: Counts = { records: 0, lines: 0 };
export const plus = (a: Counts, b: Counts): Counts => ({
  records: a.records + b.records,
  lines: a.lines + b.lines,
});
export const minus = (a: Counts, b: Counts): Counts => ({
  records: a.records - b.records,
  lines: a.lines - b.lines,
});

const NEWLINE = 10;

/**
 * Lines that end in a newline, and what follows the last newline. An empty record is one empty line. What a producer has
 * aggregated counts as if it had come by itself.
 */
export function countLines(data: Uint8Array): number {
  const packed = userRecordsOf(data);
  return packed ? packed.reduce((sum, one) => sum + linesIn(one.data), 0) : linesIn(data);
}

function linesIn(data: Uint8Array): number {
  let lines = 0;
  for (let at = data.indexOf(NEWLINE); at >= 0; at = data.indexOf(NEWLINE, at + 1)) lines += 1;
  return data.length > 0 && data.at(-1) === NEWLINE ? lines : lines + 1;
}
