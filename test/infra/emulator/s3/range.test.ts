import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isNotModified } from '../../../../infra/emulator/s3/conditions.ts';
import { parseRange } from '../../../../infra/emulator/s3/range.ts';

it.each([
  ['bytes=0-0', 0, 0],
  ['bytes=2-', 2, 9],
  ['bytes=2-4', 2, 4],
  ['bytes=2-999', 2, 9],
  ['bytes=-3', 7, 9],
  ['bytes=-999', 0, 9],
])('gives for %s of ten bytes those from %d to %d', (header, start, end) => {
  expect(parseRange(header, 10)).toEqual({ start, end });
});

it.each([undefined, '', 'bytes=', 'bytes=-', 'bytes=4-2', 'bytes=0-1,3-4', 'lines=0-1', 'bytes=a-b'])(
  'gives the whole object for %s, as S3 does',
  (header) => {
    expect(parseRange(header, 10)).toBeUndefined();
  },
);

it.each([
  ['bytes=10-', 10],
  ['bytes=10-20', 10],
  ['bytes=-0', 10],
  ['bytes=0-', 0],
  ['bytes=-1', 0],
])('refuses %s of %d bytes', (header, bytes) => {
  expect(() => parseRange(header, bytes)).toThrow(
    expect.objectContaining({ code: 'InvalidRange', status: 416 }),
  );
});

it('cuts any object into parts that are the object again', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 700 }), (bytes, size) => {
      const content = Buffer.alloc(bytes, 'abcdefg');
      const parts: Buffer[] = [];
      for (let at = 0; at < bytes; at += size) {
        const range = parseRange(`bytes=${at}-${at + size - 1}`, bytes);
        parts.push(content.subarray(range?.start, (range?.end ?? 0) + 1));
      }
      expect(Buffer.concat(parts).equals(content)).toBe(true);
    }),
  );
});

const modified = new Date('2026-01-31T09:30:00.500Z');
const object = { key: 'k', bytes: 1, etag: '"a-1"', modified };
const [before, at, after] = ['09:29:59', '09:30:00', '09:30:01'].map(
  (time) => `Sat, 31 Jan 2026 ${time} GMT`,
);

it.each([
  [{}, 'send'],
  [{ 'if-match': '"a-1"' }, 'send'],
  [{ 'if-match': 'a-1' }, 'send'],
  [{ 'if-match': '"b-1", "a-1"' }, 'send'],
  [{ 'if-match': '*' }, 'send'],
  [{ 'if-match': '"b-1"' }, 'fail'],
  [{ 'if-match': '"a-1"', 'if-unmodified-since': before }, 'send'],
  [{ 'if-unmodified-since': before }, 'fail'],
  [{ 'if-unmodified-since': at }, 'send'],
  [{ 'if-none-match': '"a-1"' }, 'same'],
  [{ 'if-none-match': '"b-1"' }, 'send'],
  [{ 'if-none-match': '"b-1"', 'if-modified-since': after }, 'send'],
  [{ 'if-modified-since': at }, 'same'],
  [{ 'if-modified-since': before }, 'send'],
  [{ 'if-modified-since': 'soon' }, 'send'],
])('with %j: %s', (headers, what) => {
  const answer = () => (isNotModified(headers, object) ? 'same' : 'send');
  if (what === 'fail')
    expect(answer).toThrow(expect.objectContaining({ code: 'PreconditionFailed', status: 412 }));
  else expect(answer()).toBe(what);
});
