/** What commonly goes wrong between a redrive and AWS, and the fix. */
import type { StackOutputs } from './outputs.ts';

/** A problem that the person at the keyboard can mend; the message is all that they need to see. */
export class RedriveError extends Error {}

interface Where {
  local: boolean;
  endpoint: string | undefined;
  outputs: StackOutputs;
}

/** The error to show; one that is no fault of AWS or of the person is given back as it is. */
export function explainAws(cause: unknown, { local, endpoint, outputs }: Where): unknown {
  const { name, message, code, $metadata } = cause as Error & { code?: string; $metadata?: object };
  const problem = (text: string) => new RedriveError(text, { cause });
  if (code === 'ECONNREFUSED' || code === 'ECONNRESET') {
    return problem(
      local
        ? `The local runtime does not answer at ${endpoint}. Start it with: npm start`
        : `AWS does not answer (${code}). Is this machine online?`,
    );
  }
  switch (name) {
    case 'CredentialsProviderError':
      return problem('No AWS credentials found. Sign in (aws configure, aws sso login) or set AWS_PROFILE.');
    case 'ExpiredToken':
    case 'ExpiredTokenException':
      return problem('Your AWS session has expired. Sign in again, for example with: aws sso login');
    case 'NoSuchBucket':
      return problem(`The bucket ${outputs.FailureBucketName} is not there. ${anew(local)}`);
    case 'ResourceNotFoundException':
      return problem(`The function ${outputs.DetectorFunctionName} is not there. ${anew(local)}`);
    case 'AccessDenied':
    case 'AccessDeniedException':
      return problem(`These credentials may not redrive; docs/redrive.md lists what it takes: ${message}`);
    case 'TooManyRequestsException':
      return problem(`Lambda is throttled; wait, then run it again: ${message}`);
  }
  return $metadata === undefined ? cause : problem(`AWS refused: ${message || name}`);
}

const anew = (local: boolean) => (local ? 'Restart: npm start' : 'Deploy again: npm run deploy');
