/** What went wrong between the site and the cloud, in words that say what to do. */
import { ExchangeRefused } from './credentials.ts';
import { ConnectRefused, NotAcknowledged } from './mqtt-link.ts';
import type { SiteKeys } from './site-keys.ts';

/**
 * `throttled` and `unreachable` pass by themselves. `refused` needs somebody to do something; it is tried again too, at
 * longer intervals.
 */
export interface Problem {
  kind: 'throttled' | 'unreachable' | 'refused';
  sentence: string;
}

interface Context {
  keys: SiteKeys;
  /** Whom we talked to. */
  host: string;
  nowMs: number;
}

const NETWORK = /^(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENETDOWN|EPIPE)$/;
const CUT = /^(?:ECONNRESET|EPROTO|ERR_SSL_\w+|ERR_STREAM_PREMATURE_CLOSE)$/;
const NOT_TRUSTED =
  /^(?:SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT(?:_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_SIGNATURE_FAILURE)$/;
const THROTTLED = /^(?:ProvisionedThroughputExceeded|Throttling|LimitExceeded|KMSThrottling)/;

const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
const minute = (ms: number) => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** What is wrong with the site's own certificate by this machine's clock, if anything. */
export function ownCertificateProblem(
  { validFromMs, validToMs, site }: SiteKeys,
  nowMs: number,
): string | undefined {
  if (nowMs > validToMs) {
    return `The certificate of ${site.site} has expired on ${day(validToMs)}. Make another: npm run enroll -- --rotate ${site.site}, and copy its folder here. If it is not ${minute(nowMs)} now, set the clock of this machine.`;
  }
  if (nowMs < validFromMs) {
    return `The certificate of ${site.site} is valid from ${minute(validFromMs)}, and the clock of this machine says ${minute(nowMs)}. Set the clock (timedatectl set-ntp true).`;
  }
  return undefined;
}

export function explain(error: unknown, context: Context): Problem {
  const { name = 'Error', message = String(error) } = error as Error;
  const code = codeOf(error);
  if (error instanceof ExchangeRefused) return explainExchange(error, context);
  if (error instanceof ConnectRefused) return explainConnect(error, context);
  if (error instanceof NotAcknowledged) return explainClosed(context);
  if (THROTTLED.test(name)) {
    return { kind: 'throttled', sentence: 'The stream takes no more at the moment. It is tried again.' };
  }
  if (code !== undefined) {
    const sentence = explainTls(code, context);
    if (sentence !== undefined) return { kind: 'refused', sentence };
    return explainNetwork(code, context);
  }
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  const sentence = explainStream(name, context);
  if (sentence !== undefined) return { kind: 'refused', sentence };
  const ofServer = status === undefined || status >= 500 || name === 'TimeoutError';
  return {
    kind: ofServer ? 'unreachable' : 'refused',
    sentence: `${context.host} does not take the record (${name}: ${message}).`,
  };
}

const codeOf = (error: unknown): string | undefined => {
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  if (typeof code === 'string') return code;
  return cause === undefined ? undefined : codeOf(cause);
};

function explainTls(code: string, { host, keys, nowMs }: Context): string | undefined {
  if (code === 'CERT_NOT_YET_VALID' || code === 'CERT_HAS_EXPIRED') {
    const when = code === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not valid yet';
    return `By the clock of this machine, which says ${minute(nowMs)}, the certificate of ${host} ${when}. Set the clock (timedatectl set-ntp true).`;
  }
  if (NOT_TRUSTED.test(code)) {
    return `${host} does not identify itself by a root in ca.pem (${code}). A proxy that opens TLS stands between, or ca.pem is not the one that was enrolled.`;
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `Who answers for ${host} has a certificate for another name. Look at credentialsEndpoint in site.json, and at the DNS of this network.`;
  }
  return CUT.test(code) || code.startsWith('ERR_SSL') ? ownCertificateProblem(keys, nowMs) : undefined;
}

function explainNetwork(code: string, { host, keys }: Context): Problem {
  if (NETWORK.test(code)) {
    return {
      kind: 'unreachable',
      sentence: `${host} cannot be reached (${code}). Readings wait on the disk.`,
    };
  }
  return {
    kind: 'unreachable',
    sentence: `${host} closed the connection (${code}). If that stays so, it does not know the certificate ${keys.certificateId.slice(0, 12)}…, or port 443 is filtered.`,
  };
}

function explainConnect({ code }: ConnectRefused, { keys }: Context): Problem {
  const { site } = keys.site;
  return {
    kind: 'refused',
    sentence: `AWS IoT does not let ${site} in (MQTT ${code}): its certificate ${keys.certificateId.slice(0, 12)}… is revoked, or is not attached to the thing ${site} and the policy of a stack with edgeMqtt=on. See: npm run enroll -- --list`,
  };
}

/** AWS IoT gives no reason: it ends the connection for a wrong topic as for a second client of the same name. */
const explainClosed = ({ host, keys }: Context): Problem => ({
  kind: 'unreachable',
  sentence: `${host} closed the connection before it acknowledged. If that stays so, its policy does not allow the topic ${keys.site.mqtt?.topic}, or a second gateway of ${keys.site.site} is running.`,
});

function explainExchange({ status, message }: ExchangeRefused, { host, keys }: Context): Problem {
  const { site, roleAlias } = keys.site;
  if (status === 403) {
    return {
      kind: 'refused',
      sentence: `AWS IoT gives no credentials to ${site}: its certificate ${keys.certificateId.slice(0, 12)}… is revoked, or is not attached to the thing ${site} and the policy for ${roleAlias}. See: npm run enroll -- --list`,
    };
  }
  if (status === 404 || status === 400) {
    return {
      kind: 'refused',
      sentence: `AWS IoT has no role alias ${roleAlias} (HTTP ${status}). Deploy with edge=on, and enroll ${site} again if the stack is another.`,
    };
  }
  return {
    kind: status === 429 ? 'throttled' : 'unreachable',
    sentence: `${host} gives no credentials (HTTP ${status}: ${message}).`,
  };
}

function explainStream(name: string, { keys }: Context): string | undefined {
  const { site, stream } = keys.site;
  if (name === 'AccessDeniedException' || name === 'AccessDenied') {
    return `The credentials of ${site} may not write to the stream ${stream}: they have been revoked, or site.json is of another deployment.`;
  }
  if (/^(?:ExpiredToken|UnrecognizedClient|InvalidClientTokenId|InvalidSignature)/.test(name)) {
    return `The stream does not take the credentials of ${site} (${name}). New ones are asked for; if that stays so, look at the clock of this machine.`;
  }
  if (name === 'ResourceNotFoundException') {
    return `There is no stream ${stream}. Has the stack been deployed anew? Then enroll ${site} again.`;
  }
  return undefined;
}
