/** What a query may take. */
export interface QueryLimits {
  /** Of the engine itself, which counts most of what it allocates. */
  engineBytes: number;
  /** Of the whole process, which is ended beyond it. */
  residentBytes: number;
  /** Of a result file: the disk is the lake's and the stream's, too. */
  resultBytes: number;
  /** As long as a SELECT may run in Athena. */
  runMs: number;
  /** Within which a query that is to stop has to; then its process is ended. */
  stopMs: number;
}

const GIGABYTE = 2 ** 30;

export const QUERY_LIMITS: QueryLimits = {
  engineBytes: GIGABYTE,
  residentBytes: 1.5 * GIGABYTE,
  resultBytes: 1e9,
  runMs: 30 * 60_000,
  stopMs: 1000,
};
