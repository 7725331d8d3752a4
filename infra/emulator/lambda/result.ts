/** How an invocation ended. */
interface Invocation {
  requestId: string;
  /** Of the handler, in ms, without a cold start. */
  durationMs: number;
}

/** What went wrong: Lambda's own names where Lambda is the one to say it, such as `Sandbox.Timedout`. */
export interface Failure {
  errorType: string;
  /** One line or few, for people; the stack trace is in the function's log. */
  errorMessage: string;
}

export type InvocationResult =
  /** `payload`: what the handler returned, as JSON text. */
  | (Invocation & { status: 'ok'; payload: string })
  /**
   * `error`: thrown by the handler or its module. The others end the execution environment, and the next invocation is
   * a cold start: `crashed`: uncaught in the background, or `process.exit`.
   */
  | (Invocation & Failure & { status: 'error' | 'timeout' | 'crashed' | 'out-of-memory' });
