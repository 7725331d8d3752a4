import { describe, expect, it } from 'vitest';
import { type AwsContext, awsProblemKind, explainAws } from '../../../infra/cli/aws-problem.ts';
import { UserError } from '../../../infra/cli/user-error.ts';

const ON_AWS: AwsContext = {
  service: 'Athena',
  endpoint: undefined,
  denied: 'You may not',
  missing: [{ when: /^NoSuchThing: .*gone/, what: 'The thing is not there.' }],
};
const LOCAL = { ...ON_AWS, endpoint: 'http://127.0.0.1:1' };

const named = (name: string, message = 'because') =>
  Object.assign(new Error(message), { name, $metadata: {} });
const unreachable = (code: string) => Object.assign(new Error('connect'), { code });
const sentence = (error: unknown, context = ON_AWS) => (explainAws(error, context) as Error).message;

describe('an error of AWS', () => {
  it.each([
    [
      'CredentialsProviderError',
      'No AWS credentials found. Sign in (aws configure, aws sso login) or set AWS_PROFILE. The SDK says: because',
    ],
    ['ExpiredTokenException', 'Your AWS session has expired. Sign in again, for example with: aws sso login'],
    ['AccessDenied', 'You may not: because'],
    ['AuthorizationErrorException', 'You may not: because'],
    ['TooManyRequestsException', 'Athena is throttled; wait, then run it again: because'],
    ['InvalidRequestException', 'Athena refused: because'],
  ])('%s is one sentence with the fix', (name, text) => expect(sentence(named(name))).toBe(text));

  it.each([
    'InvalidAccessKeyId',
    'InvalidClientTokenId',
    'UnrecognizedClientException',
    'InvalidSignatureException',
    'SignatureDoesNotMatch',
    'MissingAuthenticationTokenException',
  ])('%s: whatever a service calls wrong keys, it is said the same way', (name) => {
    expect(awsProblemKind(named(name))).toBe('unknown-keys');
    expect(sentence(named(name))).toMatch(
      /^AWS does not know these credentials\..*AWS_PROFILE.*aws sso login/,
    );
  });

  it('says nothing of a reason where the SDK has none, and no more than its first line', () => {
    const nowhere = 'Could not load credentials from any providers';
    expect(sentence(named('CredentialsProviderError', nowhere))).toMatch(/set AWS_PROFILE\.$/);
    expect(sentence(named('CredentialsProviderError', 'because\nsee https://…'))).toMatch(/says: because$/);
  });

  it.each([
    named('EndpointError', 'because'),
    Object.assign(new Error('because'), { code: 'EACCES', syscall: 'open' }),
    Object.assign(new Error('because'), { code: 'ERR_INVALID_URL' }),
    Object.assign(new Error('because'), { code: 'ENOENT' }),
  ])('of what this machine has set for AWS is not taken for a line that is down: %o', (error) => {
    expect(sentence(error)).toMatch(/^Athena cannot be asked with the settings of AWS .*: because$/);
  });

  it('about something that is gone says how to get it back', () => {
    const gone = named('NoSuchThing', 'it is gone');
    expect(sentence(gone)).toBe('The thing is not there. Deploy again: npm run deploy');
    expect(sentence(gone, LOCAL)).toBe('The thing is not there. Restart: npm start');
  });

  it('about the network is found through what HTTP/2 makes of it, and is another one locally', () => {
    const wrapped = Object.assign(new Error('x'), { cause: unreachable('ECONNREFUSED') });
    expect(sentence(wrapped)).toBe('Athena does not answer (ECONNREFUSED). Is this machine online?');
    expect(sentence(wrapped, LOCAL)).toBe(
      'The local runtime does not answer at http://127.0.0.1:1. Start it with: npm start',
    );
  });

  it('about credentials is that, although the search for them has met nobody', () => {
    const error = Object.assign(named('CredentialsProviderError'), { cause: unreachable('EHOSTUNREACH') });
    expect(sentence(error)).toMatch(/^No AWS credentials found/);
  });
});

it('an error that is not about AWS stays as it is, and so does one that is explained already', () => {
  const bug = new TypeError('undefined is not a function');
  const explained = new UserError('Stopped.');
  expect(explainAws(bug, ON_AWS)).toBe(bug);
  expect(explainAws(explained, ON_AWS)).toBe(explained);
});
