import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { startOnFreePort } from '../base/free-port.ts';
import { measureOf } from '../base/measure.ts';
import { serviceCaller } from '../iam/caller.ts';
import { contextOf } from '../iam/context.ts';
import { allows } from '../iam/decision.ts';
import { identityDocument, type Statement } from '../iam/document.ts';
import { iam } from '../iam/service.ts';
import { arnOf, named, nameOf, stableUuid } from '../stack/identities.ts';
import { pathsOf } from '../stack/obeyed.ts';
import type { Service, ServiceContext } from '../stack/service.ts';
import { AwsError } from '../wire/aws-error.ts';
import { createIotApi } from './api.ts';
import { createAuthority, issueServer } from './certificate-authority.ts';
import { type ProviderOptions, startCredentialsProvider } from './credentials-provider.ts';
import { startRules } from './publishing.ts';
import { Registry } from './registry.ts';
import { isEmulatedRule, ruleProperties } from './topic-rule.ts';

const ROLE_ALIAS = 'AWS::IoT::RoleAlias';
const POLICY = 'AWS::IoT::Policy';
const RULE = 'AWS::IoT::TopicRule';
const ASSUME = 'iot:AssumeRoleWithCertificate';

const aliasProperties = z.object({
  RoleArn: z.string(),
  CredentialDurationSeconds: z.coerce.number().int().min(900).max(43_200).default(3600),
});
const policyProperties = z.object({ PolicyDocument: identityDocument });

interface Iot {
  /** Host and port of the credentials provider; undefined in a stack without a role alias. */
  credentialsEndpoint: string | undefined;
}

export const iot: Service<Iot> = {
  name: 'iot',
  types: {
    [ROLE_ALIAS]: {
      identity(subject) {
        const name = nameOf(subject, 'RoleAlias');
        const arn = arnOf('iot', `rolealias/${name}`);
        return { ref: name, attributes: { Arn: arn, RoleAliasArn: arn } };
      },
      obeys: ['RoleAlias', ...pathsOf(aliasProperties)],
    },
    [POLICY]: {
      identity(subject) {
        const name = nameOf(subject, 'PolicyName');
        return { ref: name, attributes: { Arn: arnOf('iot', `policy/${name}`), Id: stableUuid(subject) } };
      },
      obeys: ['PolicyName', ...pathsOf(policyProperties)],
    },
    [RULE]: {
      identity: named('RuleName', (name) => arnOf('iot', `rule/${name}`)),
      obeys: pathsOf(ruleProperties),
      runs: isEmulatedRule,
    },
  },
  refusals: {
    throttle: ['ThrottlingException', 400, 'Rate exceeded'],
    unavailable: ['ServiceUnavailableException', 503, 'The service is temporarily unavailable.'],
    'internal-error': ['InternalFailureException', 500, 'An unexpected error has occurred.'],
  },
  async open(context) {
    if (context.resources(ROLE_ALIAS).length === 0) return { credentialsEndpoint: undefined };
    return openIot(context);
  },
};

async function openIot(context: ServiceContext): Promise<Iot> {
  const { resources, stateDir, endpoint, clock, serve, onClose } = context;
  const now = () => clock.now();
  const policies = new Map(
    resources(POLICY).map(({ ref, properties }) => [ref, policyProperties.parse(properties).PolicyDocument]),
  );
  const aliases = new Map(
    resources(ROLE_ALIAS).map(({ ref, arn, properties }) => [
      ref,
      { arn, ...aliasProperties.parse(properties) },
    ]),
  );
  const registry = new Registry(stateDir, new Set(policies.keys()));
  const authority = registry.authority ?? (await createAuthority(now()));
  if (!registry.authority) registry.setAuthority(authority);

  const server = await issueServer(authority, now());
  const tls = { key: server.key, cert: server.certificate, ca: authority.certificate };
  const port = Number(new URL(endpoint).port);
  const provide = { registry, tls, issue: issuer(context, { aliases, policies, registry }) };
  const provider = await startOnFreePort(port + 1, (free) =>
    startCredentialsProvider({ ...provide, port: free }),
  );
  onClose(() => provider.close());
  const dataEndpoint = await startRules(context, { registry, policies, tls });
  const credentialsEndpoint = `127.0.0.1:${provider.port}`;
  serve(createIotApi({ registry, authority, credentialsEndpoint, dataEndpoint, now }));
  // Programs that connect to the provider need to know whom to trust.
  mkdirSync(join(stateDir, 'iot'), { recursive: true });
  writeFileSync(join(stateDir, 'iot', 'ca.pem'), `${authority.certificate}\n`);
  return { credentialsEndpoint };
}

interface Issuing {
  aliases: ReadonlyMap<string, z.infer<typeof aliasProperties> & { arn: string }>;
  policies: ReadonlyMap<string, readonly Statement[]>;
  registry: Registry;
}

/** Credentials for a role alias, where the certificate's policies and the role allow it. */
function issuer(
  { bus, of }: ServiceContext,
  { aliases, policies, registry }: Issuing,
): ProviderOptions['issue'] {
  const { sessions, mayAssume } = of(iam);
  return (alias, thing, certificateId) => {
    const found = aliases.get(alias);
    if (!found) throw new AwsError('NotFound', `Role alias ${alias} does not exist`, 404);
    const names = registry.find(certificateId)?.policies ?? [];
    const statements = names.flatMap((name) => policies.get(name) ?? []);
    if (!allows(statements, { action: ASSUME, resource: found.arn, context: contextOf({}) })) {
      throw new AwsError('Forbidden', 'Access Denied', 403);
    }
    const caller = mayAssume({
      ...{ roleArn: found.RoleArn, session: certificateId },
      assumedBy: serviceCaller('credentials.iot', found.arn),
      context: { 'credentials-iot:ThingName': thing, 'credentials-iot:AwsCertificateId': certificateId },
    });
    measureOf(bus, 'AWS/IoT', {})('CredentialExchangeSuccess', 1);
    return sessions.issue({ ...caller, ofStack: false }, found.CredentialDurationSeconds);
  };
}
