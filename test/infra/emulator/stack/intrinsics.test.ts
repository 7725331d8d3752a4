import { describe, expect, it } from 'vitest';
import { resolveStack } from '../../../../infra/emulator/registry.ts';
import type { Template } from '../../../../infra/emulator/stack/template.ts';

const ENDPOINT = 'http://127.0.0.1:4566';
const EMPTY: Template = { Resources: {}, Outputs: {}, Parameters: {}, Mappings: {}, Conditions: {} };
const STREAM = { Type: 'AWS::Kinesis::Stream', Properties: {} };

/** Value of one output, in a template with a stream, a bucket and whatever else is given. */
function evaluate(Value: unknown, rest: Partial<Template> = {}): string | undefined {
  const Resources = { Stream: STREAM, Lake: { Type: 'AWS::S3::Bucket', Properties: {} }, ...rest.Resources };
  return resolveStack({ ...EMPTY, ...rest, Resources, Outputs: { Out: { Value } } }, 'Shop', ENDPOINT).outputs
    .Out;
}

describe('resolveStack', () => {
  it('gives each type its own Ref and attributes', () => {
    expect(evaluate({ Ref: 'Stream' })).toBe('Shop-Stream');
    expect(evaluate({ 'Fn::GetAtt': ['Stream', 'Arn'] })).toBe(
      'arn:aws:kinesis:us-east-1:000000000000:stream/Shop-Stream',
    );
    expect(evaluate({ Ref: 'Lake' })).toBe('shop-lake');
    expect(evaluate({ 'Fn::GetAtt': 'Lake.Arn' })).toBe('arn:aws:s3:::shop-lake');
  });

  it('evaluates nested functions from the inside out', () => {
    const arn = { 'Fn::GetAtt': ['Stream', 'Arn'] };
    expect(evaluate({ 'Fn::Select': [1, { 'Fn::Split': ['/', arn] }] })).toBe('Shop-Stream');
    expect(evaluate({ 'Fn::Join': ['', ['s3://', { Ref: 'Lake' }, '/readings/']] })).toBe(
      's3://shop-lake/readings/',
    );
  });

  it('substitutes references, attributes and given variables, and keeps escaped ones', () => {
    const text = '${AWS::Region} ${Stream} ${Lake.Arn} ${Given} ${!Literal}';
    expect(evaluate({ 'Fn::Sub': [text, { Given: { Ref: 'Lake' } }] })).toBe(
      'us-east-1 Shop-Stream arn:aws:s3:::shop-lake shop-lake ${Literal}',
    );
  });

  it('evaluates conditions, drops what they exclude and removes properties without a value', () => {
    const Conditions = {
      InEurope: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-west-1'] },
      Elsewhere: { 'Fn::Not': [{ Condition: 'InEurope' }] },
    };
    expect(evaluate({ 'Fn::If': ['Elsewhere', 'yes', 'no'] }, { Conditions })).toBe('yes');
    const { resources } = resolveStack(
      {
        ...EMPTY,
        Conditions,
        Resources: {
          Never: { ...STREAM, Condition: 'InEurope' },
          Always: {
            ...STREAM,
            Properties: { ShardCount: 3, Name: { 'Fn::If': ['InEurope', 'x', { Ref: 'AWS::NoValue' }] } },
          },
        },
      },
      'Shop',
      ENDPOINT,
    );
    expect(resources.map((r) => [r.logicalId, r.properties])).toEqual([['Always', { ShardCount: 3 }]]);
  });

  it('has no output whose condition does not hold, and does not look at what it would say', () => {
    const Conditions = { Never: { 'Fn::Equals': [1, '2'] }, Always: { 'Fn::Equals': [1, '1'] } };
    const Outputs = {
      Gone: { Condition: 'Never', Value: { 'Fn::GetAtt': ['Nowhere', 'Arn'] } },
      There: { Condition: 'Always', Value: 'yes' },
    };
    expect(resolveStack({ ...EMPTY, Conditions, Outputs }, 'Shop', ENDPOINT).outputs).toEqual({
      There: 'yes',
    });
  });

  it('finds in maps and selects from lists only what is there', () => {
    const Mappings = { Sizes: { small: { shards: 2 } } };
    const find = (...path: string[]) => evaluate({ 'Fn::FindInMap': path }, { Mappings });
    expect(find('Sizes', 'small', 'shards')).toBe('2');
    for (const path of [
      ['Sizes', 'small', 'streams'],
      ['Sizes', 'large', 'shards'],
      ['Sizes', 'small', 'constructor'],
    ]) {
      expect(() => find(...path)).toThrow(`looks for ${path.join('.')} in its Mappings`);
    }
    const pick = (index: unknown, list: unknown) => evaluate({ 'Fn::Select': [index, list] });
    expect(pick('1', ['a', 'b'])).toBe('b');
    expect(() => pick(2, ['a', 'b'])).toThrow('selects item 2, counted from 0, of a list of 2');
    expect(() => pick(0, 'a')).toThrow('of a');
  });

  it('leaves IAM policy conditions alone, although they look like a function', () => {
    const policy = {
      Statement: [{ Condition: { Bool: { 'aws:SecureTransport': 'false' } }, Effect: 'Deny' }],
    };
    const { resources } = resolveStack(
      { ...EMPTY, Resources: { Policy: { Type: 'AWS::S3::BucketPolicy', Properties: policy } } },
      'Shop',
      ENDPOINT,
    );
    expect(resources[0]?.properties).toEqual(policy);
  });

  it('says which function or reference it cannot evaluate', () => {
    expect(() => evaluate({ 'Fn::ImportValue': 'other' })).toThrow(/Fn::ImportValue/);
    expect(() => evaluate({ Ref: 'Nowhere' })).toThrow(/"Nowhere"/);
    expect(() => evaluate({ 'Fn::GetAtt': ['Stream', 'Colour'] })).toThrow(/Stream\.Colour/);
  });
});
