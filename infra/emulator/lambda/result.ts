interface Invocation {
  requestId: string;
  /** Of the handler, in ms, without a cold start. */
  durationMs: number;
}

export interface Failure {
  /** Class of the error, or Lambda's own name for it, such as `Sandbox.Timedout`. */
  errorType: string;
  /** A few lines at most, for people; the stack trace is in the function's log. */
  errorMessage: string;
}

export type InvocationResult =
  /** `payload`: what the handler returned, as JSON text. */
  | (Invocation & { status: 'ok'; payload: string })
  /**
   * `error`: thrown by the handler or its module. The others end the execution environment, so that the next invocation
   * is a cold start; `crashed` is an uncaught error in the background, or `process.exit`.
   */
  | (Invocation & Failure & { status: 'error' | 'timeout' | 'crashed' | 'out-of-memory' });
