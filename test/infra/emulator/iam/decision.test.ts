/** Policies are evaluated as IAM documents it, and what cannot be evaluated here is an error. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contextOf } from '../../../../infra/emulator/iam/context.ts';
import { type Question, whyDenied } from '../../../../infra/emulator/iam/decision.ts';
import { documentSchema, identityDocument, type Statement } from '../../../../infra/emulator/iam/document.ts';

const ACCOUNT = '000000000000';
const ROOT = `arn:aws:iam::${ACCOUNT}:root`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/till`;
const BUCKET = 'arn:aws:s3:::shop';
const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/1`;

const parse = (...Statement: object[]) => documentSchema.parse({ Version: '2012-10-17', Statement });
const role = {
  account: ACCOUNT,
  arns: [ROLE, `arn:aws:sts::${ACCOUNT}:assumed-role/till/one`],
  service: undefined,
};
const service = (name: string) => ({ account: undefined, arns: [], service: name });

function ask(given: Partial<Question> & { values?: Parameters<typeof contextOf>[0] }) {
  const { values = {}, ...question } = given;
  return whyDenied({
    ...{ action: 's3:GetObject', resource: `${BUCKET}/a`, context: contextOf(values), caller: role },
    ...{ identity: [], attached: [], ownPolicyDecides: false, ...question },
  });
}

const get = { Effect: 'Allow', Action: 's3:GetObject', Resource: `${BUCKET}/*` };
const implicit = (kind: string) => ({ kind: 'implicit', in: kind });
const explicit = (kind: string) => ({ kind: 'explicit', in: kind });

describe('within one account', () => {
  it('what no policy allows is denied', () => {
    expect(ask({})).toEqual(implicit('identity-based'));
    expect(ask({ identity: parse(get) })).toBeUndefined();
    expect(ask({ identity: parse(get), action: 's3:PutObject' })).toEqual(implicit('identity-based'));
    expect(ask({ identity: parse(get), resource: 'arn:aws:s3:::other/a' })).toBeDefined();
  });

  it('the policy of the caller or that of the resource is enough', () => {
    expect(ask({ attached: parse({ ...get, Principal: { AWS: ROLE } }) })).toBeUndefined();
    expect(ask({ attached: parse({ ...get, Principal: '*' }) })).toBeUndefined();
    // That leaves it to the policies of the caller.
    expect(ask({ attached: parse({ ...get, Principal: { AWS: ROOT } }) })).toEqual(
      implicit('identity-based'),
    );
    expect(ask({ attached: parse({ ...get, Principal: { AWS: `${ROLE}s` } }) })).toBeDefined();
  });

  it('a deny in any of them wins, and says where it is', () => {
    const deny = { Effect: 'Deny', Action: 's3:*', Resource: '*' };
    const identity = parse(get);
    const attached = parse({ ...get, Principal: '*' });
    expect(ask({ identity: parse(get, deny), attached })).toEqual(explicit('identity-based'));
    expect(ask({ identity, attached: parse({ ...deny, Principal: '*' }) })).toEqual(
      explicit('resource-based'),
    );
    expect(ask({ identity, session: parse(deny) })).toEqual(explicit('session'));
  });

  it('a session only takes away', () => {
    expect(ask({ identity: parse(get), session: parse(get) })).toBeUndefined();
    expect(ask({ identity: parse(get), session: parse({ ...get, Action: 's3:PutObject' }) })).toEqual(
      implicit('session'),
    );
    expect(ask({ session: parse(get) })).toEqual(implicit('identity-based'));
  });

  it('an AWS service needs the policy of the resource, which may ask on whose behalf', () => {
    const queue = `arn:aws:sqs:us-east-1:${ACCOUNT}:failures`;
    const rule = `arn:aws:events:us-east-1:${ACCOUNT}:rule/failed`;
    const attached = parse({
      ...{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: queue },
      Principal: { Service: 'events.amazonaws.com' },
      Condition: {
        ArnLike: { 'aws:SourceArn': rule },
        StringEquals: { 'aws:SourceAccount': ACCOUNT },
      },
    });
    const send = { action: 'sqs:SendMessage', resource: queue, identity: undefined, attached };
    const values = { 'aws:SourceArn': rule, 'aws:SourceAccount': ACCOUNT };
    const caller = service('events.amazonaws.com');
    expect(ask({ ...send, caller, values })).toBeUndefined();
    expect(ask({ ...send, caller, values: { ...values, 'aws:SourceArn': `${rule}s` } })).toEqual(
      implicit('resource-based'),
    );
    expect(ask({ ...send, caller: service('sns.amazonaws.com'), values })).toEqual(
      implicit('resource-based'),
    );
    expect(ask({ ...send, caller: role, values })).toEqual(implicit('resource-based'));
  });

  it('a key or a role has to allow it itself, or leave it to the account', () => {
    const decrypt = { Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*' };
    const key = { action: 'kms:Decrypt', resource: KEY, ownPolicyDecides: true };
    const identity = parse(decrypt);
    const toRoot = parse({ ...decrypt, Action: 'kms:*', Principal: { AWS: ROOT } });
    expect(ask({ ...key, identity })).toEqual(implicit('resource-based'));
    expect(ask({ ...key, attached: toRoot })).toEqual(implicit('identity-based'));
    expect(ask({ ...key, identity, attached: toRoot })).toBeUndefined();
    expect(ask({ ...key, attached: parse({ ...decrypt, Principal: { AWS: ROLE } }) })).toBeUndefined();
    const trust = parse({
      ...{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
    });
    const assume = { action: 'sts:AssumeRole', resource: ROLE, ownPolicyDecides: true, attached: trust };
    expect(ask({ ...assume, identity: undefined, caller: service('lambda.amazonaws.com') })).toBeUndefined();
    expect(ask({ ...assume, identity: undefined, caller: service('firehose.amazonaws.com') })).toBeDefined();
    expect(ask({ ...assume, identity: parse({ ...decrypt, Action: '*' }) })).toBeDefined();
  });
});

describe('the elements of a statement', () => {
  it('NotAction, NotResource and NotPrincipal mean all others', () => {
    const identity = parse({ Effect: 'Allow', NotAction: 's3:Put*', NotResource: `${BUCKET}/secret/*` });
    expect(ask({ identity })).toBeUndefined();
    expect(ask({ identity, action: 's3:PutObject' })).toBeDefined();
    expect(ask({ identity, resource: `${BUCKET}/secret/a` })).toBeDefined();
    const deny = { Effect: 'Deny', Action: '*', Resource: '*', NotPrincipal: { AWS: ROLE } };
    expect(ask({ identity: parse(get), attached: parse(deny) })).toBeUndefined();
    expect(
      ask({ identity: parse(get), attached: parse(deny), caller: { ...role, arns: ['arn:other'] } }),
    ).toEqual(explicit('resource-based'));
  });

  it.each([
    ['StringEquals', 'a', 'a', 'b'],
    ['StringNotEquals', 'a', 'b', 'a'],
    ['StringEqualsIgnoreCase', 'A', 'a', 'b'],
    ['StringLike', 'a*', 'ab', 'ba'],
    ['StringNotLike', 'a?', 'b', 'ab'],
    ['ArnLike', 'arn:aws:s3:*:*:a*', 'arn:aws:s3:::a:b', 'arn:aws:s3::x:y:ab'],
    ['ArnNotEquals', 'arn:aws:s3:::a', 'arn:aws:s3:::b', 'arn:aws:s3:::a'],
    ['Bool', 'true', 'true', 'false'],
    ['NumericLessThan', 1.2, '1.1', '1.2'],
    ['NumericGreaterThanEquals', 10, '10', '9'],
    ['NumericNotEquals', 1, '2', '1.0'],
    ['IpAddress', '10.0.0.0/8', '10.1.2.3', '11.0.0.1'],
    ['NotIpAddress', '2001:db8::/32', '10.1.2.3', '2001:db8::1'],
  ])('the operator %s', (operator, wanted, match, other) => {
    const identity = parse({ ...get, Condition: { [operator]: { 'aws:SourceArn': wanted } } });
    expect(ask({ identity, values: { 'AWS:sourcearn': match } })).toBeUndefined();
    expect(ask({ identity, values: { 'aws:SourceArn': other } })).toBeDefined();
    const negated = operator.includes('Not');
    expect(ask({ identity }) === undefined, 'without the key').toBe(negated);
    const ifThere = parse({ ...get, Condition: { [`${operator}IfExists`]: { 'aws:SourceArn': wanted } } });
    expect(ask({ identity: ifThere })).toBeUndefined();
  });

  it('Null asks for the key itself', () => {
    const identity = (isNull: string) => parse({ ...get, Condition: { Null: { 'aws:SourceArn': isNull } } });
    expect(ask({ identity: identity('true') })).toBeUndefined();
    expect(ask({ identity: identity('false') })).toBeDefined();
    expect(ask({ identity: identity('false'), values: { 'aws:SourceArn': 'x' } })).toBeUndefined();
  });

  it('sets: all of the values, or any', () => {
    const identity = (set: string) =>
      parse({ ...get, Condition: { [`${set}:StringEquals`]: { 's3:prefix': ['a', 'b'] } } });
    const [all, any] = [identity('ForAllValues'), identity('ForAnyValue')];
    const values = (...list: string[]) => ({ values: { 's3:prefix': list } });
    expect(ask({ identity: all, ...values('a', 'b') })).toBeUndefined();
    expect(ask({ identity: all, ...values('a', 'c') })).toBeDefined();
    expect(ask({ identity: all })).toBeUndefined();
    expect(ask({ identity: any, ...values('a', 'c') })).toBeUndefined();
    expect(ask({ identity: any, ...values('c') })).toBeDefined();
    expect(ask({ identity: any })).toBeDefined();
  });

  it('policy variables have the values of the call, which are no patterns', () => {
    const Resource = `${BUCKET}/\${aws:username}/*`;
    const identity = parse({ ...get, Resource });
    const call = (user: string | undefined, path: string) =>
      ask({ identity, values: { 'aws:username': user }, resource: `${BUCKET}/${path}` });
    expect(call('ann', 'ann/1')).toBeUndefined();
    expect(call('ann', 'bob/1')).toBeDefined();
    expect(call('*', 'bob/1')).toBeDefined();
    expect(call('*', '*/1')).toBeUndefined();
    expect(call(undefined, '/1')).toBeDefined();
    const starred = parse({ ...get, Resource: `${BUCKET}/\${*}\${aws:username, 'nobody'}` });
    expect(ask({ identity: starred, resource: `${BUCKET}/*nobody` })).toBeUndefined();
    expect(ask({ identity: starred, resource: `${BUCKET}/xnobody` })).toBeDefined();
    // In the older version of the language it is only text.
    const old = documentSchema.parse({ Statement: { ...get, Resource } });
    expect(
      ask({ identity: old, values: { 'aws:username': 'ann' }, resource: `${BUCKET}/ann/1` }),
    ).toBeDefined();
  });

  it.each([
    ['an operator', { Condition: { DateLessThan: { 'aws:SourceArn': 'x' } } }, 'operator DateLessThan'],
    ['an operator', { Condition: { NullIfExists: { 'aws:SourceArn': 'true' } } }, 'operator NullIfExists'],
    ['a key', { Condition: { StringEquals: { 'aws:SourceVpc': 'x' } } }, 'key aws:SourceVpc'],
    ['a variable', { Resource: `${BUCKET}/\${aws:userid}` }, 'variable ${aws:userid}'],
    ['an element', { Foo: 'x' }, 'Foo'],
    ['an action', { Action: 'GetObject' }, 'Expected an action'],
    ['two of a kind', { NotAction: 's3:*' }, 'Expected Action or NotAction'],
    ['a part of a principal', { Principal: { AWS: `${ROLE}*` } }, 'Expected a whole ARN in Principal'],
    ['a part of a principal', { NotPrincipal: { AWS: [ROLE, 'arn:?'] } }, 'Expected a whole ARN'],
  ])('%s that is not known is an error', (_, change, message) => {
    const { error } = documentSchema.safeParse({ Version: '2012-10-17', Statement: [{ ...get, ...change }] });
    expect(error?.message).toContain(message);
  });
});

it('a policy of an identity speaks of resources, and of nobody else', () => {
  const isValid = (statement: object) => identityDocument.safeParse({ Statement: statement }).success;
  const { Resource, ...unbound } = get;
  expect(isValid(get)).toBe(true);
  expect(isValid({ ...unbound, NotResource: Resource })).toBe(true);
  expect(isValid(unbound)).toBe(false);
  expect(isValid({ ...get, Principal: '*' })).toBe(false);
});

describe('laws', () => {
  const word = fc.constantFrom('a', 'b', 'A', 'ab');
  const pattern = fc.constantFrom('a', 'b', 'a*', '*', '?');
  const written = fc
    .record({
      Effect: fc.constantFrom('Allow', 'Allow', 'Deny'),
      actionElement: fc.constantFrom('Action', 'NotAction'),
      action: pattern.map((name) => `s3:${name}`),
      resourceElement: fc.constantFrom('Resource', 'NotResource'),
      resource: pattern,
      Condition: fc.constantFrom(
        {},
        { StringEquals: { 's3:prefix': 'a' } },
        { Null: { 's3:prefix': 'true' } },
      ),
    })
    .map(({ actionElement, action, resourceElement, resource, ...rest }) => ({
      ...{ ...rest, [actionElement]: action, [resourceElement]: resource },
    }));
  const policy = fc.array(written, { maxLength: 5 }).map((list) => list.flatMap((one) => parse(one)));
  const call = fc.record({
    action: word.map((name) => `s3:${name}`),
    resource: word,
    values: fc.constantFrom({}, { 's3:prefix': 'a' }, { 's3:prefix': 'b' }),
  });
  const attachedTo = (statements: Statement[]) =>
    statements.map((one) => ({ ...one, principals: { not: false, everybody: true, aws: [], services: [] } }));
  const isAllowed = (...given: Parameters<typeof ask>) => ask(...given) === undefined;

  it('a deny for everything leaves nothing, wherever it stands', () => {
    const deny = parse({ Effect: 'Deny', Action: '*', Resource: '*' });
    fc.assert(
      fc.property(policy, policy, call, fc.boolean(), (identity, other, access, own) => {
        const attached = attachedTo(other);
        expect(isAllowed({ ...access, identity: [...identity, ...deny], attached })).toBe(false);
        expect(
          isAllowed({
            ...access,
            identity,
            attached: [...attachedTo(deny), ...attached],
            ownPolicyDecides: own,
          }),
        ).toBe(false);
      }),
    );
  });

  it('to remove an Allow, or to add a Deny, never allows more', () => {
    fc.assert(
      fc.property(policy, written, call, (identity, more, access) => {
        const [added] = parse(more);
        if (!added) return;
        const [less, both] = [
          ask({ ...access, identity }),
          ask({ ...access, identity: [...identity, added] }),
        ];
        if (added.effect === 'Deny' && less !== undefined) expect(both).toBeDefined();
        if (added.effect === 'Allow' && both !== undefined) expect(less).toBeDefined();
      }),
    );
  });

  it('the order of statements changes nothing, nor does the case of an action', () => {
    fc.assert(
      fc.property(policy, call, (identity, access) => {
        const turned = { ...access, identity: identity.toReversed(), action: access.action.toUpperCase() };
        expect(isAllowed(turned)).toBe(isAllowed({ ...access, identity }));
      }),
    );
  });

  it('either NotAction or Action selects a call', () => {
    fc.assert(
      fc.property(pattern, call, (name, access) => {
        const with_ = (element: string) =>
          isAllowed({
            ...access,
            identity: parse({ Effect: 'Allow', [element]: `s3:${name}`, Resource: '*' }),
          });
        expect(with_('Action')).toBe(!with_('NotAction'));
      }),
    );
  });

  it('a policy of the resource only adds, except by a deny', () => {
    fc.assert(
      fc.property(policy, policy, call, (identity, other, access) => {
        const allowing = attachedTo(other).filter(({ effect }) => effect === 'Allow');
        if (isAllowed({ ...access, identity }))
          expect(isAllowed({ ...access, identity, attached: allowing })).toBe(true);
      }),
    );
  });
});
