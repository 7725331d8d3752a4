/** Keeps foreign web pages out: there is no password here, so only the emulator's own pages may send requests. */
import type { IncomingHttpHeaders } from 'node:http';

/** Names of the loopback interface, with any port: a forwarded port (ssh -L) differs from the one that was bound. */
const LOOPBACK_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;

/**
 * Why a request must be refused; undefined when it may pass.
 *
 * A foreign `Host` means DNS rebinding: somebody else's name that resolves to 127.0.0.1. An `Origin` other than the
 * host itself is a page of another site, which includes another port of this machine. What such a page loads without an
 * `Origin`, such as a picture or a frame, it cannot read, but it would keep a line busy, or start a query that costs money:
 * browsers say where it comes from. Links to a page may be anywhere.
 */
export function whyForeign(headers: IncomingHttpHeaders): string | undefined {
  // HTTP/2 has the pseudo-header, which decides where a request has both.
  const host = String(headers[':authority'] ?? headers.host ?? '');
  const foreign = [host, headers.host ?? host].find((name) => !LOOPBACK_HOST.test(name));
  if (foreign !== undefined) return `Expected a Host such as 127.0.0.1 or localhost, got "${foreign}"`;
  const { origin } = headers;
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
    return `Expected requests of this page only, got one of "${origin}"`;
  }
  const site = headers['sec-fetch-site'];
  const isElsewhere = site === 'cross-site' || site === 'same-site';
  if (isElsewhere && headers['sec-fetch-dest'] !== 'document')
    return `Expected requests of this page only, got one of another page ("${site}")`;
  return undefined;
}
