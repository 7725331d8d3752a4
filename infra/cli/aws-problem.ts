/** What commonly goes wrong between a program and AWS, as a sentence with the fix. */
import { UserError } from './user-error.ts';

/** What the sentences name. */
export interface AwsContext {
  /** Who was asked, such as `Athena`. */
  service: string;
  /** Of the local runtime; undefined on AWS. */
  endpoint: string | undefined;
  /** What the credentials lack, such as `These credentials may not query`. */
  denied: string;
  /** What may be gone: told by the error's `name: message`. How to get it back follows by itself. */
  missing?: readonly { when: RegExp; what: string }[];
  /** For every other refusal, in place of `SERVICE refused`. */
  refused?: string;
}

interface Row {
  kind: 'no-credentials' | 'expired' | 'unknown-keys' | 'denied' | 'throttled';
  /** Each service has names of its own for the same thing. */
  names: RegExp;
  sentence(context: AwsContext, message: string): string;
}

const ROWS: readonly Row[] = [
  {
    kind: 'no-credentials',
    names: /^(?:Credentials|Token)ProviderError$/,
    sentence: () => 'No AWS credentials found. Sign in (aws configure, aws sso login) or set AWS_PROFILE.',
  },
  {
    kind: 'expired',
    names: /^(?:ExpiredToken(?:Exception)?|RequestExpired|TokenProviderError)$/,
    sentence: () => 'Your AWS session has expired. Sign in again, for example with: aws sso login',
  },
  {
    kind: 'unknown-keys',
    names:
      /^(?:InvalidAccessKeyId|InvalidClientTokenId|UnrecognizedClient|(?:Invalid|Incomplete)Signature|SignatureDoesNotMatch|MissingAuthenticationToken|AuthFailure)(?:Exception)?$/,
    sentence: () =>
      'AWS does not know these credentials. Check AWS_PROFILE, or sign in again (aws configure, aws sso login).',
  },
  {
    kind: 'denied',
    names: /^(?:AccessDenied|AuthorizationError|OptInRequired)(?:Exception)?$/,
    sentence: ({ denied }, message) => `${denied}: ${message}`,
  },
  {
    kind: 'throttled',
    names: /ProvisionedThroughputExceeded|Throttl|LimitExceeded|TooManyRequests/i,
    sentence: ({ service }, message) => `${service} is throttled; wait, then run it again: ${message}`,
  },
];

const rowOf = (error: unknown): Row | undefined =>
  ROWS.find(({ names }) => names.test(String((error as Partial<Error>).name)));

/** What an error of the SDK is about, where it is about the credentials or too many calls. */
export const awsProblemKind = (error: unknown): Row['kind'] | undefined => rowOf(error)?.kind;

/** The sentence; undefined for an error that neither AWS nor the way to it has caused. */
export function awsProblem(error: unknown, context: AwsContext): string | undefined {
  const { service, endpoint, missing, refused = `${service} refused` } = context;
  const { name, message, $metadata } = error as Error & { $metadata?: object };
  const row = rowOf(error);
  if (row !== undefined) return row.sentence(context, message);
  const code = networkCode(error);
  if (code !== undefined) {
    return endpoint === undefined
      ? `${service} does not answer (${code}). Is this machine online?`
      : `The local runtime does not answer at ${endpoint}. Start it with: npm start`;
  }
  const gone = missing?.find(({ when }) => when.test(`${name}: ${message}`));
  if (gone !== undefined) {
    return `${gone.what} ${endpoint === undefined ? 'Deploy again: npm run deploy' : 'Restart: npm start'}`;
  }
  return $metadata === undefined ? undefined : `${refused}: ${message || name}`;
}

/** The error to show: a UserError, or the error itself where it is not about AWS. */
export function explainAws(cause: unknown, context: AwsContext): unknown {
  const sentence = cause instanceof UserError ? undefined : awsProblem(cause, context);
  return sentence === undefined ? cause : new UserError(sentence, { cause });
}

/** Node's codes, such as ECONNREFUSED. */
const NETWORK_CODE = /^E[A-Z_]+$/;

/** Why nobody could be reached. Node and its HTTP/2 hide that in the error, in its cause or in one of its errors. */
export function networkCode(error: unknown): string | undefined {
  const { code, cause, errors = [] } = error as { code?: unknown; cause?: unknown; errors?: unknown[] };
  if (typeof code === 'string' && NETWORK_CODE.test(code)) return code;
  for (const inner of [cause, ...errors]) {
    const found = inner instanceof Error ? networkCode(inner) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
