/** The API of AWS IoT for things and certificates: method and path, and JSON. */
import { arnOf } from '../stack/identities.ts';
import { on as needOn } from '../wire/access.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { ServedApi } from '../wire/gateway.ts';
import { type RestCall, type RestOperation, restService } from '../wire/rest-service.ts';
import { type CertificateAuthority, issueThing } from './certificate-authority.ts';
import { certificateArn, type Registry, thingArn } from './registry.ts';

interface ApiParts {
  registry: Registry;
  authority: CertificateAuthority;
  /** Host and port of the credentials provider. */
  credentialsEndpoint: string;
  /** The same of the broker; undefined in a stack without a rule. */
  dataEndpoint: string | undefined;
  now(): number;
}

export const createIotApi = (parts: ApiParts): ServedApi =>
  restService({
    title: 'AWS IoT',
    operations: operationsOf(parts),
    needs: (operation, { about }, { name }) => needOn(`iot:${operation}`, about(name)),
  });

function operationsOf({ registry, authority, credentialsEndpoint, dataEndpoint, now }: ApiParts) {
  return {
    DescribeEndpoint: on('GET /endpoint', NOTHING, ({ query }) => {
      const type = query.get('endpointType');
      if (type === 'iot:CredentialProvider') return { endpointAddress: credentialsEndpoint };
      if (type === 'iot:Data-ATS' && dataEndpoint !== undefined) return { endpointAddress: dataEndpoint };
      throw new AwsError(
        'InvalidRequestException',
        `Local AWS IoT has the endpoint iot:CredentialProvider, and iot:Data-ATS with a rule, not ${type}`,
      );
    }),
    CreateCertificateFromCsr: on('POST /certificates', NOTHING, async ({ query, body }) => {
      const { id, ...issued } = await issueThing(authority, String(body.certificateSigningRequest), now());
      const status = query.get('setAsActive') === 'true' ? 'ACTIVE' : 'INACTIVE';
      registry.add(id, { ...issued, status, createdMs: now() });
      return { certificateArn: certificateArn(id), certificateId: id, certificatePem: issued.certificate };
    }),
    DescribeCertificate: on('GET /certificates/{}', certificateArn, ({ name }) => ({
      certificateDescription: describe(registry, name),
    })),
    UpdateCertificate: on('PUT /certificates/{}', certificateArn, ({ name, query }) => {
      registry.setStatus(name, statusOf(query.get('newStatus')));
      return {};
    }),
    DeleteCertificate: on('DELETE /certificates/{}', certificateArn, ({ name }) =>
      done(registry.deleteCertificate(name)),
    ),
    CreateThing: on('POST /things/{}', thingArn, ({ name }) => {
      registry.createThing(name);
      return { thingName: name, thingArn: thingArn(name), thingId: name };
    }),
    DescribeThing: on('GET /things/{}', thingArn, ({ name }) => {
      registry.principals(name);
      return { thingName: name, thingArn: thingArn(name), thingId: name, attributes: {}, version: 1 };
    }),
    DeleteThing: on('DELETE /things/{}', thingArn, ({ name }) => done(registry.deleteThing(name))),
    ListThingPrincipals: on('GET /things/{}/principals', thingArn, ({ name }) => ({
      principals: registry.principals(name).map(certificateArn),
    })),
    AttachThingPrincipal: on('PUT /things/{}/principals', thingArn, ({ name, headers }) =>
      done(registry.attachThing(name, principalOf(headers))),
    ),
    DetachThingPrincipal: on('DELETE /things/{}/principals', thingArn, ({ name, headers }) =>
      done(registry.detachThing(name, principalOf(headers))),
    ),
    ListPrincipalThings: on('GET /principals/things', NOTHING, ({ headers }) => ({
      things: registry.thingsOf(principalOf(headers)),
    })),
    AttachPolicy: on('PUT /target-policies/{}', policyArn, ({ name, body }) =>
      done(registry.attachPolicy(name, idOf(body.target))),
    ),
    DetachPolicy: on('POST /target-policies/{}', policyArn, ({ name, body }) =>
      done(registry.detachPolicy(name, idOf(body.target))),
    ),
    ListTargetsForPolicy: on('POST /policy-targets/{}', policyArn, ({ name }) => ({
      targets: registry.targets(name).map(certificateArn),
    })),
  };
}

/** The resource that IAM is asked about, by the part of the path. */
type About = (part: string) => string;

const NOTHING: About = () => '*';
const policyArn: About = (name) => arnOf('iot', `policy/${name}`);

const on = (path: string, about: About, answer: RestOperation['answer']) => ({ on: path, about, answer });
/** The answer of an operation that has none. */
const done = (_: unknown) => ({});

function describe(registry: Registry, id: string) {
  const { certificate, status, createdMs, validFromMs, validToMs } = registry.certificate(id);
  const seconds = (ms: number) => ms / 1000;
  return {
    ...{ certificateArn: certificateArn(id), certificateId: id, certificatePem: certificate, status },
    creationDate: seconds(createdMs),
    validity: { notBefore: seconds(validFromMs), notAfter: seconds(validToMs) },
  };
}

function statusOf(text: string | null): 'ACTIVE' | 'INACTIVE' | 'REVOKED' {
  if (text === 'ACTIVE' || text === 'INACTIVE' || text === 'REVOKED') return text;
  throw new AwsError(
    'InvalidRequestException',
    `Expected newStatus to be ACTIVE, INACTIVE or REVOKED, got ${text}`,
  );
}

const principalOf = (headers: RestCall['headers']) => idOf(headers['x-amzn-principal']);

function idOf(arn: unknown): string {
  const [, id] = /^arn:[^:]+:iot:[^:]*:[^:]*:cert\/([0-9a-f]{64})$/.exec(String(arn)) ?? [];
  if (id !== undefined) return id;
  throw new AwsError('InvalidRequestException', `Expected the ARN of a certificate, got ${arn}`);
}
