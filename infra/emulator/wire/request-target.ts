/** What a request asks for: path and query, taken as they were sent. */
import { AwsError } from './aws-error.ts';

export interface RequestTarget {
  /** With its leading slash and its escapes. No `..` is resolved in it, as `URL` would do. */
  path: string;
  query: URLSearchParams;
}

export function parseTarget(url: string): RequestTarget {
  // A proxy's client sends the whole address.
  const target = url.replace(/^https?:\/\/[^/?]*/i, '');
  const at = target.indexOf('?');
  if (at < 0) return { path: target, query: new URLSearchParams() };
  return { path: target.slice(0, at), query: new URLSearchParams(target.slice(at + 1)) };
}

/** Text without its percent escapes. @throws AwsError for escapes that are not UTF-8 */
export function unescapePath(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AwsError('InvalidURI', `Couldn't parse the specified URI: ${text}`);
  }
}
