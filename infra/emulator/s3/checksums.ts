/** What a client says of the bytes that it sends: what arrived otherwise is refused, and not stored. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsRequest } from '../wire/aws-request.ts';

const hash = (name: string) => (body: Buffer) => createHash(name).update(body).digest('base64');

const CHECKSUMS: Record<string, readonly [name: string, of: (body: Buffer) => string]> = {
  'content-md5': ['Content-MD5', hash('md5')],
  'x-amz-checksum-sha1': ['SHA1', hash('sha1')],
  'x-amz-checksum-sha256': ['SHA256', hash('sha256')],
  'x-amz-checksum-crc32': ['CRC32', crcOf],
};

function crcOf(body: Buffer): string {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return sum.toString('base64');
}

/** @throws AwsError */
export function checkContent({ headers, body }: Pick<AwsRequest, 'headers' | 'body'>): void {
  for (const [header, [name, of]] of Object.entries(CHECKSUMS)) {
    const told = headers[header];
    if (told === undefined || told === of(body)) continue;
    throw new AwsError('BadDigest', `The ${name} you specified did not match what was received.`);
  }
}
