import { describe, expect, it } from 'vitest';
import { matchesPattern, parsePattern } from '../../../../infra/emulator/eventbridge/pattern.ts';

const event = {
  source: 'aws.s3',
  'detail-type': 'Object Created',
  resources: ['arn:aws:s3:::one', 'arn:aws:s3:::two'],
  detail: { bucket: { name: 'one' }, object: { key: 'aws/lambda/x.json', size: 5 }, deleted: null },
};
const matches = (pattern: object) => matchesPattern(parsePattern('Rule', pattern), event);

describe('an event pattern', () => {
  it.each([
    [{ source: ['aws.s3'] }],
    [{ source: ['aws.athena', 'aws.s3'] }],
    [{ resources: ['arn:aws:s3:::two'] }],
    [{ detail: { object: { key: [{ prefix: 'aws/lambda/' }] } } }],
    [{ detail: { object: { key: [{ suffix: '.json' }], size: [5] } } }],
    [{ detail: { bucket: { name: [{ 'anything-but': ['two', 'three'] }] } } }],
    [{ detail: { object: { version: [{ exists: false }] }, deleted: [null] } }],
  ])('matches by %j', (pattern) => expect(matches(pattern)).toBe(true));

  it.each([
    [{ source: ['aws.athena'] }],
    [{ source: ['aws.s3'], detail: { bucket: { name: ['two'] } } }],
    [{ detail: { object: { key: [{ prefix: 'set-aside/' }] } } }],
    [{ detail: { bucket: { name: [{ 'anything-but': 'one' }] } } }],
    [{ detail: { bucket: { owner: [{ 'anything-but': 'me' }] } } }],
    [{ detail: { object: { size: ['5'] } } }],
    [{ detail: { object: { size: [{ exists: false }] } } }],
  ])('does not match by %j', (pattern) => expect(matches(pattern)).toBe(false));

  it.each([[{ source: 'aws.s3' }], [{ detail: { size: [{ numeric: ['>', 3] }] } }]])(
    'is refused where it is not evaluated here: %j',
    (pattern) => expect(() => parsePattern('Rule', pattern)).toThrow(/^Rule Rule: expected values, prefix/),
  );
});
