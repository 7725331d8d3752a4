/** Which operation a call means in the services whose protocol names it by method and path. */

interface RestCall {
  service: string;
  method: string;
  /** Path and query, as it came. */
  url: string;
  headers: Record<string, unknown>;
}

/** Name of the operation in AWS' words; undefined for a service that names it itself, and for what is not run here. */
export function restOperation({ service, method, url, headers }: RestCall): string | undefined {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  if (service === 'lambda') {
    return method === 'POST' && /^\/2015-03-31\/functions\/[^/]+\/invocations$/.test(pathname)
      ? 'Invoke'
      : undefined;
  }
  if (service !== 's3') return undefined;
  const [, bucket = '', ...key] = pathname.split('/');
  if (key.join('') !== '') {
    if (method === 'PUT') return 'x-amz-copy-source' in headers ? 'CopyObject' : 'PutObject';
    return { GET: 'GetObject', HEAD: 'HeadObject', DELETE: 'DeleteObject' }[method];
  }
  if (method !== 'GET') return undefined;
  if (bucket === '') return 'ListBuckets';
  return searchParams.get('list-type') === '2' ? 'ListObjectsV2' : undefined;
}
