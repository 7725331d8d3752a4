import { describe, expect, it } from 'vitest';
import { CREDENTIAL_SECONDS } from '../../../services/contract/edge.ts';
import { synthesize } from './support/synth.ts';

describe('the way of a gateway to the stream', () => {
  const { resources, outputs, all, only } = synthesize();
  const idOf = (type: string) => all(type)[0]?.[0] as string;

  it('is a role for one call on the stream, by an alias with the shortest life', () => {
    expect(only('AWS::IoT::RoleAlias').Properties).toEqual({
      RoleArn: { 'Fn::GetAtt': [expect.stringMatching(/^EdgeRole/), 'Arn'] },
      CredentialDurationSeconds: 900,
    });
    expect(CREDENTIAL_SECONDS).toBe(900);
    expect(only('AWS::IAM::Policy', 'EdgePermissions').Properties.PolicyDocument.Statement).toEqual([
      {
        ...{ Sid: 'SendFromSite', Effect: 'Allow', Action: 'kinesis:PutRecord' },
        Resource: { 'Fn::GetAtt': [expect.stringMatching(/^IngestStream/), 'Arn'] },
      },
    ]);
    expect(only('AWS::IAM::Role', 'EdgeRole').Properties.AssumeRolePolicyDocument.Statement).toEqual([
      {
        ...{ Effect: 'Allow', Action: 'sts:AssumeRole' },
        Principal: { Service: 'credentials.iot.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      },
    ]);
  });

  it('lets a certificate do nothing but ask for these credentials', () => {
    expect(only('AWS::IoT::Policy').Properties.PolicyDocument.Statement).toEqual([
      {
        ...{ Effect: 'Allow', Action: 'iot:AssumeRoleWithCertificate' },
        Resource: { 'Fn::GetAtt': [idOf('AWS::IoT::RoleAlias'), 'RoleAliasArn'] },
      },
    ]);
  });

  it('can be removed while sites are enrolled, whose certificates hold the policy', () => {
    expect(only('AWS::IoT::Policy').DeletionPolicy).toBe('Retain');
    expect(only('AWS::IoT::RoleAlias').DeletionPolicy).toBeUndefined();
  });

  it('has no site in it: sites outlive the stack', () => {
    const types = Object.values(resources).map(({ Type }) => Type);
    expect(types).not.toContain('AWS::IoT::Thing');
    expect(types).not.toContain('AWS::IoT::Certificate');
    expect(outputs.EdgeRoleAlias?.Value).toEqual({ Ref: idOf('AWS::IoT::RoleAlias') });
    expect(outputs.EdgePolicyName?.Value).toEqual({ Ref: idOf('AWS::IoT::Policy') });
    expect(outputs.EdgeRoleName?.Value).toEqual({ Ref: expect.stringMatching(/^EdgeRole/) });
  });

  it('is not there with edge=off', () => {
    const off = synthesize({ edge: 'off' });
    expect(Object.values(off.resources).filter(({ Type }) => Type.startsWith('AWS::IoT::'))).toEqual([]);
    expect(Object.keys(off.outputs).filter((name) => name.startsWith('Edge'))).toEqual([]);
    expect(JSON.stringify(off.only('AWS::CloudWatch::Dashboard'))).not.toContain('CredentialExchange');
    expect(JSON.stringify(synthesize().only('AWS::CloudWatch::Dashboard'))).toContain('CredentialExchange');
  });
});
