/** Conditional requests, by which a client that reads an object in parts never mixes two versions of it. */
import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from '../wire/aws-error.ts';
import type { StoredObject } from './objects.ts';

/**
 * Whether the caller already has this version. The conditions take precedence as in RFC 9110.
 * @throws AwsError `PreconditionFailed`
 */
export function isNotModified(headers: IncomingHttpHeaders, { etag, modified }: StoredObject): boolean {
  const ifMatch = headers['if-match'];
  const ifNoneMatch = headers['if-none-match'];
  // HTTP dates have no milliseconds.
  const modifiedMs = Math.floor(modified.getTime() / 1000) * 1000;
  const unmodified = dateOf(headers['if-unmodified-since']);
  if (ifMatch !== undefined ? !names(ifMatch, etag) : unmodified !== undefined && modifiedMs > unmodified) {
    const text = 'At least one of the pre-conditions you specified did not hold';
    throw new AwsError('PreconditionFailed', text, 412);
  }
  if (ifNoneMatch !== undefined) return names(ifNoneMatch, etag);
  const since = dateOf(headers['if-modified-since']);
  return since !== undefined && modifiedMs <= since;
}

const names = (list: string, etag: string): boolean =>
  list.split(',').some((one) => ['*', etag, etag.replaceAll('"', '')].includes(one.trim()));

/** An invalid date counts as none. */
function dateOf(text: string | undefined): number | undefined {
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? undefined : ms;
}
