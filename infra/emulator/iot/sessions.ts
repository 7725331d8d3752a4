/** Credentials that were issued for certificates, and the check of each call that is made with them. */
import { randomBytes } from 'node:crypto';
import type { Roles } from '../iam/roles.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsRequest } from '../wire/aws-request.ts';
import { accessKeyOf } from '../wire/signature.ts';

/** Every other access key is taken as it is. */
const PREFIX = 'ASIALOCAL';

interface Session {
  thing: string;
  certificateId: string;
  /** Name of the role. */
  role: string;
  expiresMs: number;
}

export interface IssuedCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  expiration: string;
}

export class Sessions {
  readonly #roles: Roles;
  readonly #now: () => number;
  readonly #sessions = new Map<string, Session>();

  constructor(roles: Roles, now: () => number) {
    this.#roles = roles;
    this.#now = now;
  }

  issue(session: Omit<Session, 'expiresMs'>, seconds: number): IssuedCredentials {
    const expiresMs = this.#now() + seconds * 1000;
    const random = (bytes: number) => randomBytes(bytes).toString('hex').toUpperCase();
    const accessKeyId = PREFIX + random(6).slice(0, 11);
    for (const [key, { expiresMs }] of this.#sessions)
      if (expiresMs < this.#now()) this.#sessions.delete(key);
    this.#sessions.set(accessKeyId, { ...session, expiresMs });
    return {
      accessKeyId,
      secretAccessKey: randomBytes(30).toString('base64'),
      sessionToken: randomBytes(90).toString('base64'),
      expiration: new Date(expiresMs).toISOString().replace(/\.\d+Z$/, 'Z'),
    };
  }

  /** @throws AwsError for credentials of ours that have expired, or whose role does not allow the call */
  check({ headers, url, service, operation }: AwsRequest): void {
    const key = accessKeyOf(headers, url);
    if (!key?.startsWith(PREFIX)) return;
    const session = this.#sessions.get(key);
    if (!session) {
      throw new AwsError(
        'UnrecognizedClientException',
        'The security token included in the request is invalid.',
      );
    }
    if (session.expiresMs <= this.#now()) {
      throw new AwsError('ExpiredTokenException', 'The security token included in the request is expired');
    }
    const { role, thing, certificateId } = session;
    const action = `${service}:${operation}`;
    const context = { 'credentials-iot:ThingName': thing, 'credentials-iot:AwsCertificateId': certificateId };
    if (this.#roles.allows(role, { action, context })) return;
    const who = `assumed-role/${role}/${certificateId}`;
    throw new AwsError('AccessDeniedException', `User: ${who} is not authorized to perform: ${action}`);
  }
}
