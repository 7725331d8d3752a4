import { crc32 } from 'node:zlib';
import { cbor } from '@smithy/core/cbor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AwsError } from '../../../../infra/emulator/wire/aws-error.ts';
import { protocolOf } from '../../../../infra/emulator/wire/error-response.ts';
import { type Api, type Gateway, startGateway } from '../../../../infra/emulator/wire/gateway.ts';
import { jsonService, queryService } from '../../../../infra/emulator/wire/protocols.ts';

const refuse = (): never => {
  throw new AwsError('Refused', 'a < b & "c"\u0001');
};
const SERVICES: Record<string, Api> = {
  // Each is called by the name of its protocol, so that the calls below need no table of their own.
  athena: jsonService(
    {
      title: 'Athena',
      operations: { Do: async () => refuse() },
      errors: { invalid: 'Invalid', unknown: 'Unknown' },
    },
    {},
  ),
  sns: queryService(
    { title: 'SNS', namespace: 'http://sns.amazonaws.com/doc/2010-03-31/', operations: { DoIt: refuse } },
    {},
  ),
};
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const RPC = { 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor' };

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ port: 0, services: SERVICES, web: (_, response) => response.end('page') });
});
afterAll(() => gateway.close());

const call = (service: string, headers: Record<string, string>, path = '/', method = 'POST') =>
  fetch(gateway.endpoint + path, {
    method,
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=a/20260131/us-east-1/${service}/aws4_request, Signature=0`,
      ...headers,
    },
    ...(method === 'POST' && { body: 'Action=DoIt&Version=1' }),
  });

it.each([
  ['sts', FORM, '/', 'POST', 'query'],
  ['ec2', FORM, '/', 'POST', 'ec2'],
  ['sts', {}, '/?Action=GetCallerIdentity', 'GET', 'query'],
  ['logs', { 'x-amz-target': 'Logs.Do', 'content-type': 'application/x-amz-json-1.1' }, '/', 'POST', 'json'],
  ['monitoring', RPC, '/service/X/operation/Y', 'POST', 'rpc-v2-cbor'],
  ['kinesis', { 'content-type': 'application/x-amz-cbor-1.1', 'x-amz-target': 'K.P' }, '/', 'POST', 'cbor'],
  ['eks', {}, '/clusters', 'GET', 'rest-json'],
  ['route53', {}, '/2013-04-01/hostedzone', 'GET', 'rest-xml'],
  ['s3', { 'x-amz-account-id': '000000000000' }, '/v20180820/jobs', 'GET', 'rest-xml'],
  ['s3', {}, '/bucket', 'GET', 's3'],
])('takes a call of %s with %j to %s by %s for one in %s', (service, headers, url, method, protocol) => {
  expect(protocolOf({ service, headers, url, method })).toBe(protocol);
});

it('has the checksum that clients of DynamoDB compare', async () => {
  const response = await call('dynamodb', { 'x-amz-target': 'DynamoDB_20120810.ListBackups' });
  expect(response.headers.get('x-amz-crc32')).toBe(String(crc32(await response.text())));
});

describe('a service that is not emulated', () => {
  const SENTENCE = 'The emulator answers athena, sns; "SERVICE" is not emulated';

  it.each([
    [
      'cloudformation',
      FORM,
      /^<ErrorResponse><Error><Type>Receiver<\/Type><Code>NotImplemented<\/Code><Message>/,
    ],
    ['ec2', FORM, /^<Response><Errors><Error><Code>NotImplemented<\/Code><Message>/],
    ['cloudfront', {}, /^<ErrorResponse><Error><Type>Receiver<\/Type><Code>NotImplemented<\/Code><Message>/],
    ['constructor', FORM, /^<ErrorResponse>/],
  ])('answers %s with %j in XML', async (service, headers, begin) => {
    const response = await call(service, headers);
    expect(response.status).toBe(501);
    expect(response.headers.get('content-type')).toBe('text/xml');
    const body = await response.text();
    expect(body).toMatch(begin);
    expect(body.replaceAll('&quot;', '"')).toContain(SENTENCE.replace('SERVICE', service));
  });

  it.each([
    [
      'logs',
      { 'x-amz-target': 'Logs.Do', 'content-type': 'application/x-amz-json-1.0' },
      'application/x-amz-json-1.0',
    ],
    ['eks', { 'content-type': 'application/json' }, 'application/json'],
    ['__proto__', { 'x-amz-target': 'constructor.constructor' }, 'application/x-amz-json-1.1'],
    ['toString', {}, 'application/json'],
  ])('answers %s with %j in JSON', async (service, headers, type) => {
    const response = await call(service, headers as Record<string, string>);
    expect([response.status, response.headers.get('content-type')]).toEqual([501, type]);
    expect(response.headers.get('x-amzn-errortype')).toBe('NotImplemented');
    expect(await response.json()).toEqual({
      __type: 'NotImplemented',
      message: SENTENCE.replace('SERVICE', service),
    });
  });

  it('answers in CBOR', async () => {
    const response = await call('monitoring', RPC, '/service/GraniteService/operation/ListMetrics');
    expect(response.headers.get('smithy-protocol')).toBe('rpc-v2-cbor');
    expect(cbor.deserialize(Buffer.from(await response.arrayBuffer()))).toEqual({
      __type: 'NotImplemented',
      message: SENTENCE.replace('SERVICE', 'monitoring'),
    });
  });

  it('answers HEAD without a body', async () => {
    const response = await call('s3', {}, '/bucket/key', 'HEAD');
    expect([response.status, await response.text()]).toEqual([501, '']);
  });
});

describe('a service that is', () => {
  it('escapes its message', async () => {
    const body = await (await call('sns', FORM)).text();
    expect(body).toContain('<Message>a &lt; b &amp; &quot;c&quot;\uFFFD</Message>');
    expect(body).toContain('xmlns="http://sns.amazonaws.com/doc/2010-03-31/"');
  });

  it('tells a client of another protocol in that one which it speaks', async () => {
    const old = await call('athena', FORM);
    expect([old.status, old.headers.get('content-type')]).toEqual([501, 'text/xml']);
    expect(await old.text()).toContain('<Message>Local athena speaks the protocol json, as current SDKs do');
    const json = await call('sns', {
      'x-amz-target': 'SNS.Publish',
      'content-type': 'application/x-amz-json-1.0',
    });
    expect(await json.json()).toMatchObject({
      message: expect.stringContaining('speaks the protocol query'),
    });
  });

  it('has no operation and keeps no member of the name __proto__', async () => {
    const response = await fetch(gateway.endpoint, {
      method: 'POST',
      headers: {
        authorization: 'AWS4-HMAC-SHA256 Credential=a/20260131/us-east-1/athena/aws4_request, Signature=0',
        'x-amz-target': 'AmazonAthena.Do',
      },
      body: '{"a":{"__proto__" : 1}}',
    });
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.objectContaining({ __type: 'SerializationException' }),
    ]);
  });
});
