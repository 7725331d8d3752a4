/** What is wrong with a call is said by the code that the service documents, whatever its protocol. */
import { expect, it } from 'vitest';
import { emulate } from '../support/emulate.ts';

it.each([
  ['monitoring', 'ListMetrics', {}, 'InvalidParameterValue'],
  ['monitoring', 'DescribeAlarms', {}, 'InvalidNextToken'],
  ['ssm', 'DescribeParameters', {}, 'InvalidNextToken'],
  ['ssm', 'GetParametersByPath', { Path: '/' }, 'InvalidNextToken'],
  ['athena', 'ListWorkGroups', {}, 'InvalidRequestException'],
  ['sqs', 'ListQueues', {}, 'InvalidParameterValueException'],
])('%s says of %s that a token was made up', async (service, operation, body, code) => {
  const { call } = await emulate({ Resources: {} });
  const refused = call(service, operation, { ...body, NextToken: 'made-up' });
  await expect(refused).rejects.toMatchObject({ status: 400, code });
});

it.each([
  ['iam', { Action: 'GetRolePolicy', PolicyName: 'p' }, 'RoleName'],
  ['sts', { Action: 'AssumeRole', RoleSessionName: 's' }, 'RoleArn'],
  ['sts', { Action: 'GetFederationToken' }, 'Name'],
  ['sts', { Action: 'GetFederationToken', Name: 'n', DurationSeconds: '5' }, 'DurationSeconds'],
])('%s does not take a call that is not valid for a denial', async (service, params, about) => {
  const { endpoint } = await emulate({ Resources: {} });
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/${service}/aws4_request, Signature=0`,
    },
    body: new URLSearchParams(params),
  });
  const text = await response.text();
  expect([response.status, /<Code>(.*)<\/Code>/.exec(text)?.[1]]).toEqual([400, 'ValidationError']);
  expect(text).toContain(about);
});
