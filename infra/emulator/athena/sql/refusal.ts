/**
 * A query that cannot be answered as Athena would answer it. The state of the query becomes FAILED with this text.
 * `code` is Athena's own error name where Athena would fail too (`COLUMN_NOT_FOUND`, `TYPE_MISMATCH`), and
 * `NOT_SUPPORTED_LOCALLY` where Athena would answer and this engine does not.
 */
export class QueryError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

/** Athena can do it, this engine cannot (or not with the same result): say what, and why or what to write instead. */
export const refuse = (what: string): QueryError => new QueryError('NOT_SUPPORTED_LOCALLY', what);
