/** Things, certificates and credentials of a template that is not ours. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateCertificateFromCsrCommand,
  CreateThingCommand,
  DeleteCertificateCommand,
  DescribeEndpointCommand,
  IoTClient,
  ListThingPrincipalsCommand,
} from '@aws-sdk/client-iot';
import { KinesisClient, ListStreamsCommand, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createRequest } from '../../../../infra/commands/enroll/request.ts';
import { iot as iotService } from '../../../../infra/emulator/iot/service.ts';
import { exchange } from '../../../../services/gateway/uplink/credentials.ts';
import type { SiteKeys } from '../../../../services/gateway/uplink/site-keys.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { emulate } from '../support/emulate.ts';

const TEMPLATE = {
  Resources: {
    Stream: { Type: 'AWS::Kinesis::Stream', Properties: { Name: 'orders', ShardCount: 1 } },
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        RoleName: 'tills',
        AssumeRolePolicyDocument: {
          Statement: {
            ...{ Effect: 'Allow', Action: 'sts:AssumeRole' },
            Principal: { Service: 'credentials.iot.amazonaws.com' },
          },
        },
        Policies: [
          {
            PolicyName: 'Send',
            PolicyDocument: { Statement: [{ Effect: 'Allow', Action: ['kinesis:Put*'], Resource: '*' }] },
          },
        ],
      },
    },
    Alias: {
      Type: 'AWS::IoT::RoleAlias',
      Properties: {
        RoleAlias: 'tills',
        RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
        CredentialDurationSeconds: 900,
      },
    },
    Policy: {
      Type: 'AWS::IoT::Policy',
      Properties: {
        PolicyName: 'tills',
        PolicyDocument: {
          Statement: {
            ...{ Effect: 'Allow', Action: 'iot:AssumeRoleWithCertificate' },
            Resource: { 'Fn::GetAtt': ['Alias', 'RoleAliasArn'] },
          },
        },
      },
    },
  },
};

async function open() {
  const stateDir = mkdtempSync(join(tmpdir(), 'iot-'));
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }));
  const clock = new VirtualClock(Date.now());
  const emulator = await emulate(TEMPLATE, {}, { clock, stateDir });
  const local = { accessKeyId: 'any', secretAccessKey: 'any' };
  const options = { endpoint: emulator.endpoint, region: 'us-east-1', maxAttempts: 1 };
  const iot = new IoTClient({ ...options, credentials: local });
  const iam = new IAMClient({ ...options, credentials: local });
  const { key, csr } = await createRequest('till-1');
  const made = await iot.send(
    new CreateCertificateFromCsrCommand({ certificateSigningRequest: csr, setAsActive: true }),
  );
  const { certificateArn: arn = '', certificateId = '', certificatePem: certificate = '' } = made;
  await iot.send(new CreateThingCommand({ thingName: 'till-1' }));
  await iot.send(new AttachThingPrincipalCommand({ thingName: 'till-1', principal: arn }));
  const { endpointAddress = '' } = await iot.send(
    new DescribeEndpointCommand({ endpointType: 'iot:CredentialProvider' }),
  );
  const keys: SiteKeys = {
    site: {
      ...{ site: 'till-1', region: 'us-east-1', stream: 'orders', roleAlias: 'tills' },
      ...{ credentialsEndpoint: endpointAddress, endpoint: emulator.endpoint },
    },
    ...{ key, certificate, certificateId, validFromMs: 0, validToMs: 0 },
    ca: readFileSync(join(stateDir, 'iot', 'ca.pem'), 'utf8'),
  };
  const kinesis = (credentials: { accessKeyId: string; secretAccessKey: string }) =>
    new KinesisClient({ ...options, credentials });
  const put = new PutRecordCommand({ StreamName: 'orders', PartitionKey: 'x', Data: Buffer.from('1') });
  return { emulator, stateDir, clock, iot, iam, arn, keys, kinesis, put, certificateId };
}

describe('credentials of the emulated AWS IoT', () => {
  it('need the policy, allow what the role allows, end in time, and can be denied', async () => {
    const { clock, iot, iam, arn, keys, kinesis, put, certificateId } = await open();
    await expect(exchange(keys)).rejects.toMatchObject({ status: 403 });
    await iot.send(new AttachPolicyCommand({ policyName: 'tills', target: arn }));
    const { credentials } = await exchange(keys);
    const till = kinesis(credentials);
    expect(await till.send(put)).toMatchObject({ ShardId: 'shardId-000000000000' });
    await expect(till.send(new ListStreamsCommand({}))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    // Credentials from elsewhere are not looked at.
    await kinesis({ accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'x' }).send(new ListStreamsCommand({}));

    const deny = (id: string) => ({
      ...{ Effect: 'Deny', Action: '*', Resource: '*' },
      Condition: { StringEquals: { 'credentials-iot:AwsCertificateId': [id] } },
    });
    const revoke = (id: string) =>
      iam.send(
        new PutRolePolicyCommand({
          ...{ RoleName: 'tills', PolicyName: 'Revoked' },
          PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [deny(id)] }),
        }),
      );
    await revoke('0'.repeat(64));
    await till.send(put);
    await revoke(certificateId);
    await expect(till.send(put)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await revoke('0'.repeat(64));
    await clock.advance(899_000);
    await till.send(put);
    await clock.advance(2000);
    await expect(till.send(put)).rejects.toMatchObject({ name: 'ExpiredTokenException' });
  });

  it('may have a name that every object has', async () => {
    const { iot, arn } = await open();
    const thingName = 'constructor';
    await iot.send(new CreateThingCommand({ thingName }));
    await iot.send(new AttachThingPrincipalCommand({ thingName, principal: arn }));
    expect((await iot.send(new ListThingPrincipalsCommand({ thingName }))).principals).toEqual([arn]);
  });

  it('are refused in the words of AWS IoT', async () => {
    const { iot, certificateId, arn } = await open();
    await expect(iot.send(new DeleteCertificateCommand({ certificateId }))).rejects.toMatchObject({
      name: 'CertificateStateException',
    });
    await expect(iot.send(new CreateThingCommand({ thingName: 'till.2' }))).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: expect.stringContaining('[a-zA-Z0-9:_-]+'),
    });
    await expect(
      iot.send(new AttachPolicyCommand({ policyName: 'nobody', target: arn })),
    ).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    await expect(iot.send(new DescribeEndpointCommand({ endpointType: 'iot:Jobs' }))).rejects.toMatchObject({
      name: 'InvalidRequestException',
    });
  });

  it('can be asked for after a restart, and a damaged file says what to do', async () => {
    const { emulator, stateDir, iot, arn, keys } = await open();
    await iot.send(new AttachPolicyCommand({ policyName: 'tills', target: arn }));
    await emulator.close();
    const again = await emulate(TEMPLATE, {}, { stateDir });
    const credentialsEndpoint = again.of(iotService).credentialsEndpoint ?? '';
    const { credentials } = await exchange({ ...keys, site: { ...keys.site, credentialsEndpoint } });
    expect(credentials.accessKeyId).toMatch(/^ASIA/);
    await again.close();
    writeFileSync(join(stateDir, 'iot.json'), '{"things":5}');
    await expect(emulate(TEMPLATE, {}, { stateDir })).rejects.toThrow('enroll the sites again');
  });
});
