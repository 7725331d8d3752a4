import { AwsError } from '../wire/aws-error.ts';
import { element, escapeXml } from '../wire/xml.ts';
import type { StoredObject } from './objects.ts';

const MAX_KEYS = 1000;

/**
 * @param objects all that have the prefix, in the order of their keys
 * @param query of the request: prefix, delimiter, continuation-token, start-after, max-keys, encoding-type
 */
export function listResult(bucket: string, objects: readonly StoredObject[], query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const url = query.get('encoding-type') === 'url';
  const write = (text: string) => escapeXml(url ? encodeURIComponent(text).replaceAll('%2F', '/') : text);
  const token = query.get('continuation-token');
  const after = token === null ? (query.get('start-after') ?? '') : keyIn(token);
  const size = pageSize(query.get('max-keys'));

  const entries = grouped(objects, prefix, delimiter).filter(({ name }) => isAfter(name, after));
  const page = entries.slice(0, size);
  // As S3 says of a page of none, which has no last key to go on from.
  const truncated = page.length > 0 && page.length < entries.length;
  const last = page.at(-1)?.name ?? '';
  const parts = [
    element('Name', escapeXml(bucket)),
    element('Prefix', write(prefix)),
    delimiter === '' ? '' : element('Delimiter', write(delimiter)),
    url ? element('EncodingType', 'url') : '',
    element('KeyCount', page.length),
    element('MaxKeys', size),
    element('IsTruncated', truncated),
    truncated ? element('NextContinuationToken', tokenOf(last)) : '',
    ...page.map(({ name, object }) =>
      object === undefined
        ? element('CommonPrefixes', element('Prefix', write(name)))
        : element('Contents', contents(write(name), object)),
    ),
  ];
  return `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.join('')}</ListBucketResult>`;
}

/** The last key of the page before. @throws AwsError */
function keyIn(token: string): string {
  const key = Buffer.from(token, 'base64').toString();
  if (tokenOf(key) === token) return key;
  throw new AwsError('InvalidArgument', 'The continuation token provided is incorrect');
}

const tokenOf = (key: string) => Buffer.from(key).toString('base64');

const contents = (key: string, { bytes, modified, etag }: StoredObject) =>
  element('Key', key) +
  element('LastModified', modified.toISOString()) +
  element('ETag', escapeXml(etag)) +
  element('Size', bytes) +
  element('StorageClass', 'STANDARD');

const isAfter = (name: string, after: string) => Buffer.compare(Buffer.from(name), Buffer.from(after)) > 0;

interface Entry {
  name: string;
  /** Missing for a common prefix. */
  object?: StoredObject;
}

/** Objects, and common prefixes in place of the objects whose keys have the delimiter after the prefix. */
function grouped(objects: readonly StoredObject[], prefix: string, delimiter: string): Entry[] {
  const entries: Entry[] = [];
  for (const object of objects) {
    const at = delimiter === '' ? -1 : object.key.indexOf(delimiter, prefix.length);
    const name = at === -1 ? object.key : object.key.slice(0, at + delimiter.length);
    if (at === -1) entries.push({ name, object });
    else if (entries.at(-1)?.name !== name) entries.push({ name });
  }
  return entries;
}

function pageSize(text: string | null): number {
  if (text === null) return MAX_KEYS;
  const size = Number(text);
  if (!/^\d+$/.test(text))
    throw new AwsError('InvalidArgument', `Expected max-keys as a number, got ${text}`);
  return Math.min(size, MAX_KEYS);
}
