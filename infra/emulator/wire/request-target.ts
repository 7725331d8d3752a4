/** Path and query of a request, as they were sent. */
import { AwsError } from './aws-error.ts';

export interface RequestTarget {
  /** With the leading slash and with escapes. Unlike in `URL`, `..` is not resolved. */
  path: string;
  query: URLSearchParams;
}

export function parseTarget(url: string): RequestTarget {
  // The client of a proxy sends the whole address.
  const target = url.replace(/^https?:\/\/[^/?]*/i, '');
  const at = target.indexOf('?');
  if (at < 0) return { path: target, query: new URLSearchParams() };
  return { path: target.slice(0, at), query: new URLSearchParams(target.slice(at + 1)) };
}

/** @throws AwsError for percent escapes that are not UTF-8 */
export function unescapePath(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AwsError('InvalidURI', `Couldn't parse the specified URI: ${text}`);
  }
}
