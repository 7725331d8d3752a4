/** Credentials that were issued here, and whose they are. */
import { randomBytes } from 'node:crypto';
import { AwsError } from '../wire/aws-error.ts';
import { ADMINISTRATOR, type Caller } from './caller.ts';

/** Every other access key is the administrator's. */
const PREFIX = 'ASIALOCAL';

export interface IssuedCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  expiration: string;
}

export class Sessions {
  readonly #now: () => number;
  readonly #sessions = new Map<string, { caller: Caller; expiresMs: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  issue(caller: Caller, seconds: number): IssuedCredentials {
    const nowMs = this.#now();
    for (const [key, { expiresMs }] of this.#sessions) if (expiresMs < nowMs) this.#sessions.delete(key);
    const expiresMs = nowMs + seconds * 1000;
    return {
      accessKeyId: this.#keep(caller, expiresMs),
      secretAccessKey: randomBytes(30).toString('base64'),
      sessionToken: randomBytes(90).toString('base64'),
      expiration: new Date(expiresMs).toISOString().replace(/\.\d+Z$/, 'Z'),
    };
  }

  /** An access key without an end, for what the emulator itself runs. */
  keyOf(caller: Caller): string {
    return this.#keep(caller, Number.POSITIVE_INFINITY);
  }

  /** @throws AwsError for credentials of ours that have expired, or that nobody has */
  callerOf(accessKey: string | undefined): Caller {
    if (!accessKey?.startsWith(PREFIX)) return ADMINISTRATOR;
    const session = this.#sessions.get(accessKey);
    if (!session) {
      const text = 'The security token included in the request is invalid.';
      throw new AwsError('UnrecognizedClientException', text);
    }
    if (session.expiresMs <= this.#now()) {
      throw new AwsError('ExpiredTokenException', 'The security token included in the request is expired');
    }
    return session.caller;
  }

  #keep(caller: Caller, expiresMs: number): string {
    const key = PREFIX + randomBytes(6).toString('hex').toUpperCase().slice(0, 11);
    this.#sessions.set(key, { caller, expiresMs });
    return key;
  }
}
