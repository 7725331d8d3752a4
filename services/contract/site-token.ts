/** The token with which a site without a gateway sends over HTTP. Only its hash is kept anywhere. docs/edge.md */
import { createHash } from 'node:crypto';

/** 32 random bytes, in base64url: nothing that could be guessed, so a plain hash of it is safe to keep. */
export const TOKEN_BYTES = 32;
const TOKEN = '[A-Za-z0-9_-]{43}';
export const TOKEN_PATTERN = new RegExp(`^${TOKEN}$`);
/** What the header `Authorization` must look like; anything else is refused before a function runs. */
export const BEARER_PATTERN = `^Bearer ${TOKEN}$`;

/** Key of the table of tokens, and of the usage plan. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');

/** Attributes of an item of the table. */
export const TOKEN_COLUMNS = { hash: 'token_hash', site: 'site_id', created: 'created_at' } as const;

/** Requests a second that one site may make, and how many more in a burst. */
export const SITE_RATE = { perSecond: 20, burst: 100 } as const;
