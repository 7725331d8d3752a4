/** What S3 says of buckets themselves. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { AwsError } from '../wire/aws-error.ts';
import { element, escapeXml } from '../wire/xml.ts';

const NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
const MAX_BUCKETS = 10_000;

/**
 * @param s3Root folder of the buckets
 * @param query of the request: prefix, max-buckets, continuation-token, which is the last name of the page before
 */
export function bucketsResult(s3Root: string, names: readonly string[], query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? '';
  const after = query.get('continuation-token') ?? '';
  const size = Number(query.get('max-buckets') ?? MAX_BUCKETS);
  if (!Number.isInteger(size) || size < 1 || size > MAX_BUCKETS) {
    throw new AwsError('InvalidArgument', `Expected max-buckets from 1 to ${MAX_BUCKETS}`);
  }
  const found = names.filter((name) => name.startsWith(prefix) && name > after).toSorted();
  const page = found.slice(0, size);
  const buckets = page.map((name) => {
    const { birthtime } = statSync(join(s3Root, name));
    return element(
      'Bucket',
      element('Name', escapeXml(name)) + element('CreationDate', birthtime.toISOString()),
    );
  });
  const next = page.length < found.length ? element('ContinuationToken', page.at(-1) ?? '') : '';
  const given = prefix === '' ? '' : element('Prefix', escapeXml(prefix));
  const owner = element('Owner', element('ID', 'local'));
  return `<ListAllMyBucketsResult ${NAMESPACE}>${owner}${element('Buckets', buckets.join(''))}${next}${given}</ListAllMyBucketsResult>`;
}

/** Empty for us-east-1, the only region here. */
export const LOCATION = `<LocationConstraint ${NAMESPACE}/>`;
