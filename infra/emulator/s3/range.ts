/** The part of an object that a request asks for. */
import { AwsError } from '../wire/aws-error.ts';

/** As in the header, `end` is included. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * Undefined for the whole object: without a header, or with one that S3 ignores (another unit, several ranges, start
 * after end).
 * @throws AwsError `InvalidRange` for a range outside of the object
 */
export function parseRange(header: string | undefined, bytes: number): ByteRange | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  if (from !== '' && to !== '' && Number(to) < Number(from)) return undefined;
  const start = from === '' ? Math.max(0, bytes - Number(to)) : Number(from);
  const end = from === '' || to === '' ? bytes - 1 : Math.min(Number(to), bytes - 1);
  if (start > end) throw new AwsError('InvalidRange', 'The requested range is not satisfiable', 416);
  return { start, end };
}
