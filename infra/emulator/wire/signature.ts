/** The service and the expiry that a signature names. Whether the signature is valid is not checked here. */
import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from './aws-error.ts';
import { parseTarget } from './request-target.ts';

/** AKID/20261122/us-east-1/kinesis/aws4_request; a signature for several regions has no region. */
const SCOPE = /^[^/]+\/\d{8}\/(?:[^/]*\/)?([^/]+)\/aws4_request$/;
/** Credential=…, in the header of a request. */
const CREDENTIAL = /\bCredential=([^,\s]+)/;
/** S3's older form, AKID:signature; in a URL it is `AWSAccessKeyId` and `Signature`. */
const OF_S3 = /^AWS [^:\s]+:/;
const BASIC_DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
const WEEK_SECONDS = 604_800;

/** The service that a request is signed for, such as `kinesis`; undefined without a signature, as from a browser. */
export function signedService(headers: IncomingHttpHeaders, query: URLSearchParams): string | undefined {
  const { authorization = '' } = headers;
  if (OF_S3.test(authorization) || query.has('AWSAccessKeyId')) return 's3';
  const credential = CREDENTIAL.exec(authorization)?.[1] ?? query.get('X-Amz-Credential') ?? '';
  return SCOPE.exec(credential)?.[1];
}

/** The access key with which a request is signed, by signature version 4. */
export function accessKeyOf(headers: IncomingHttpHeaders, url: string): string | undefined {
  const { authorization = '' } = headers;
  const inUrl = () => parseTarget(url).query.get('X-Amz-Credential') ?? undefined;
  return (CREDENTIAL.exec(authorization)?.[1] ?? inUrl())?.split('/')[0];
}

/**
 * Refuses a presigned URL that has expired, or that a web page uses.
 * @param nowMs on the wall clock, with which the URL was dated
 * @throws AwsError
 */
export function checkPresigned(headers: IncomingHttpHeaders, query: URLSearchParams, nowMs: number): void {
  if (!query.has('X-Amz-Credential') && !query.has('AWSAccessKeyId')) return;
  // Anybody can make up a URL that counts as signed here, and a foreign page could make the browser load it.
  const site = headers['sec-fetch-site'] ?? 'none';
  if (site !== 'none' && site !== 'same-origin') {
    throw new AwsError('AccessDenied', 'Expected a presigned URL to be opened, not used by a web page', 403);
  }
  if (expiryMs(query) < nowMs) throw new AwsError('AccessDenied', 'Request has expired', 403);
}

/** @throws AwsError for a URL without a valid expiry */
function expiryMs(query: URLSearchParams): number {
  if (!query.has('X-Amz-Credential')) {
    const expires = query.get('Expires') ?? '';
    if (/^\d+$/.test(expires)) return Number(expires) * 1000;
    throw new AwsError('AccessDenied', `Expected Expires in seconds since the epoch, got "${expires}"`, 403);
  }
  const date = query.get('X-Amz-Date') ?? '';
  const expires = query.get('X-Amz-Expires') ?? '';
  const signedMs = Date.parse(date.replace(BASIC_DATE, '$1-$2-$3T$4:$5:$6Z'));
  if (!BASIC_DATE.test(date) || Number.isNaN(signedMs)) {
    throw malformed(`Expected X-Amz-Date as YYYYMMDDTHHMMSSZ, got "${date}"`);
  }
  if (!/^\d+$/.test(expires) || Number(expires) > WEEK_SECONDS) {
    throw malformed(`Expected X-Amz-Expires in seconds, at most ${WEEK_SECONDS}, got "${expires}"`);
  }
  return signedMs + Number(expires) * 1000;
}

const malformed = (text: string) => new AwsError('AuthorizationQueryParametersError', text);
