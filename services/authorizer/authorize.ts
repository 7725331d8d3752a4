/**
 * Whose token is it? API Gateway asks this before it lets a request through to the stream, and remembers the answer for
 * minutes. The site becomes the partition key: a sender cannot choose another.
 */
import { hashToken, TOKEN_PATTERN } from '../contract/site-token.ts';

/** Of a TOKEN authorizer. */
interface TokenRequest {
  /** The header, such as `Bearer …`. */
  authorizationToken: string;
  /** ARN of the method that is called. */
  methodArn: string;
}

interface Verdict {
  principalId: string;
  policyDocument: {
    Version: '2012-10-17';
    Statement: { Action: 'execute-api:Invoke'; Effect: 'Allow'; Resource: string }[];
  };
  context: { site: string };
  /** By which API Gateway counts the requests of the site. */
  usageIdentifierKey: string;
}

/** The site that a hash belongs to. */
type FindSite = (hash: string) => Promise<string | undefined>;

/** API Gateway answers 401 to an error with exactly this text, and 500 to any other. */
const UNAUTHORIZED = 'Unauthorized';
const BEARER = 'Bearer ';

export function createAuthorizer(findSite: FindSite): (request: TokenRequest) => Promise<Verdict> {
  return async ({ authorizationToken, methodArn }) => {
    const token = authorizationToken.startsWith(BEARER) ? authorizationToken.slice(BEARER.length) : '';
    if (!TOKEN_PATTERN.test(token)) throw new Error(UNAUTHORIZED);
    const hash = hashToken(token);
    const site = await findSite(hash);
    if (site === undefined) throw new Error(UNAUTHORIZED);
    return {
      principalId: site,
      policyDocument: {
        Version: '2012-10-17',
        Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: methodArn }],
      },
      context: { site },
      usageIdentifierKey: hash,
    };
  };
}
