/** Turns the common errors between a program and AWS into a sentence with the fix. */
import { UserError } from './user-error.ts';

/** The parts of the sentences. */
export interface AwsContext {
  /** The service, such as `Athena`. */
  service: string;
  /** Of the local runtime; undefined on AWS. */
  endpoint: string | undefined;
  /** What the credentials lack, such as `These credentials may not query`. */
  denied: string;
  /** What is gone when the error's `name: message` matches. How to get it back is added here. */
  missing?: readonly { when: RegExp; what: string }[];
  /** For every other refusal, in place of `SERVICE refused`. */
  refused?: string;
}

interface Row {
  kind: 'no-credentials' | 'expired' | 'unknown-keys' | 'denied' | 'throttled' | 'settings' | 'no-session';
  /** Services have different names for the same error. */
  names: RegExp;
  sentence(context: AwsContext, message: string): string;
}

const ROWS: readonly Row[] = [
  {
    kind: 'no-credentials',
    names: /^(?:Credentials|Token)ProviderError$/,
    sentence: (_, message) =>
      `No AWS credentials found. Sign in (aws configure, aws sso login) or set AWS_PROFILE.${reasonIn(message)}`,
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
  {
    kind: 'settings',
    names: /^EndpointError$/,
    sentence: ({ service }, message) =>
      `${service} cannot be asked with the settings of AWS on this machine (variables AWS_…, the profile): ${message}`,
  },
  {
    kind: 'no-session',
    names: /^$/,
    sentence: () =>
      'The profile names an sso_session of which the file of settings has no [sso-session …]. Correct it (~/.aws/config), or write it anew: aws configure sso',
  },
];
/** What the SDK, or Node.js under it, says of a variable or a profile, without an error of its own. */
const OF_SETTINGS = /^Invalid parameter for "defaultsMode"/;
const CODES_OF_SETTINGS = ['ENOENT', 'EISDIR', 'ENOTDIR', 'ERR_INVALID_URL'];
/** The SDK looks into a session without asking whether there is one. */
const OF_A_SESSION = /^Cannot read properties of undefined \(reading 'sso_\w+'\)/;
/** What the SDK says when it has no reason. */
const FROM_NOWHERE = /^Could not load credentials from any providers/;

/** Such as that a profile asks for a second factor: its first line, the others have links. */
const reasonIn = (message: string): string => {
  const [reason = ''] = message.split('\n');
  return reason === '' || FROM_NOWHERE.test(reason) ? '' : ` The SDK says: ${reason}`;
};

const rowOf = (error: unknown): Row | undefined => {
  const { name, message = '', code = '', syscall } = error as Partial<NodeJS.ErrnoException>;
  const ofSettings = OF_SETTINGS.test(message) || CODES_OF_SETTINGS.includes(code) || syscall === 'open';
  const kind = OF_A_SESSION.test(message) ? 'no-session' : ofSettings ? 'settings' : undefined;
  return ROWS.find((row) => row.kind === kind || row.names.test(String(name)));
};

/** The kind of an SDK error that is about credentials or too many calls. */
export const awsProblemKind = (error: unknown): Row['kind'] | undefined => rowOf(error)?.kind;

/** The sentence; undefined for an error that is not from AWS or the connection to it. */
export function awsProblem(error: unknown, context: AwsContext): string | undefined {
  const { service, endpoint, missing, refused = `${service} refused` } = context;
  const { name, message, $metadata } = error as Error & { $metadata?: object };
  const row = rowOf(error);
  if (row !== undefined) return row.sentence(context, message);
  if (endpoint !== undefined && name === TOO_LATE) return silentRuntime(endpoint);
  const code = networkCode(error) ?? (name === TOO_LATE ? TOO_LATE : undefined);
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

/** The SDK's name for an answer that does not come in time. */
const TOO_LATE = 'TimeoutError';

/** It took the call: something listens there. */
const silentRuntime = (endpoint: string) =>
  `${endpoint} takes calls and answers none. Where npm start is suspended (Ctrl-Z), fg wakes it; where it hangs, or something else has its port, end that, then: npm start`;

/** The error to show: a UserError, or the error itself where it is not about AWS. */
export function explainAws(cause: unknown, context: AwsContext): unknown {
  const sentence = cause instanceof UserError ? undefined : awsProblem(cause, context);
  return sentence === undefined ? cause : new UserError(sentence, { cause });
}

/** Node's codes, such as ECONNREFUSED. */
const isNetworkCode = (code: string) => /^E[A-Z_]+$/.test(code) && !CODES_OF_SETTINGS.includes(code);

/** Why the connection failed. Node puts the reason into the error, its cause, or one of its inner errors. */
export function networkCode(error: unknown): string | undefined {
  const { code, cause, errors = [] } = error as { code?: unknown; cause?: unknown; errors?: unknown[] };
  if (typeof code === 'string' && isNetworkCode(code)) return code;
  for (const inner of [cause, ...errors]) {
    const found = inner instanceof Error ? networkCode(inner) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
