/** A refusal that an AWS service would give, to be written in the protocol of the caller. */
export class AwsError extends Error {
  /** AWS' name of the error, such as `InvalidRequestException`. */
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
  }
}
