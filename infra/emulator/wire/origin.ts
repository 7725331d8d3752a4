/** Keeps foreign web pages out: the local runtime asks for no password, so only this machine's own pages may talk to it. */
import type { IncomingHttpHeaders } from 'node:http';

/** Names of the loopback interface. Any port: a forwarded one (ssh -L) differs from the one that was bound. */
const LOOPBACK_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;

/**
 * Why a request has to be refused, or undefined where it may pass. Pure.
 *
 * A foreign `Host` is DNS rebinding: a name of somebody else's that resolves to 127.0.0.1. An `Origin` other than the
 * host itself is another site's page, and that includes another port of this machine.
 */
export function whyForeign(headers: IncomingHttpHeaders): string | undefined {
  // HTTP/2 has the pseudo-header, and may have both: the one that a client was led by is the pseudo-header.
  const host = String(headers[':authority'] ?? headers.host ?? '');
  const foreign = [host, headers.host ?? host].find((name) => !LOOPBACK_HOST.test(name));
  if (foreign !== undefined) return `Expected a Host such as 127.0.0.1 or localhost, got "${foreign}"`;
  const { origin } = headers;
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
    return `Expected requests of this page only, got one of "${origin}"`;
  }
  return undefined;
}
