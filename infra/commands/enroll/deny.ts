/**
 * `--revoke SITE --now`: credentials that a certificate has got already are denied too. A statement in a policy of the
 * gateways' role names the certificate. It is needed until they expire; older ones are dropped.
 */
import { GetRolePolicyCommand, type IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import * as z from 'zod/mini';
import { CREDENTIAL_SECONDS } from '../../../services/contract/edge.ts';

const POLICY = 'RevokedCertificates';

interface Deny {
  Sid: string;
  Effect: 'Deny';
  Action: '*';
  Resource: '*';
  Condition: { StringEquals: { 'credentials-iot:AwsCertificateId': string[] } };
}

const documentSchema = z.object({ Statement: z.array(z.looseObject({ Sid: z.string() })) });

/** The second in which the statement was written, in a form that IAM allows in a Sid. */
const SID = /^Until(\d+)$/;

export async function denyCertificates(
  iam: IAMClient,
  roleName: string,
  ids: readonly string[],
  nowMs: number,
): Promise<void> {
  const seconds = Math.ceil(nowMs / 1000);
  const statement: Deny = {
    ...{ Sid: `Until${seconds + CREDENTIAL_SECONDS}`, Effect: 'Deny', Action: '*', Resource: '*' },
    Condition: { StringEquals: { 'credentials-iot:AwsCertificateId': [...ids] } },
  };
  const others = (await statementsOf(iam, roleName)).filter(({ Sid }) => {
    const until = Number(SID.exec(Sid)?.[1]);
    return until > seconds && Sid !== statement.Sid;
  });
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [...others, statement] });
  await iam.send(new PutRolePolicyCommand({ RoleName: roleName, PolicyName: POLICY, PolicyDocument }));
}

async function statementsOf(iam: IAMClient, RoleName: string) {
  try {
    const { PolicyDocument = '' } = await iam.send(
      new GetRolePolicyCommand({ RoleName, PolicyName: POLICY }),
    );
    return documentSchema.parse(JSON.parse(decodeURIComponent(PolicyDocument))).Statement;
  } catch (error) {
    if (/^NoSuchEntity/.test((error as Error).name)) return [];
    throw error;
  }
}
