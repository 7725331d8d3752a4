/** The API of AWS IoT for things and certificates: method and path, and JSON. */
import type { ServerResponse } from 'node:http';
import { arnOf } from '../stack/identities.ts';
import { on as needOn } from '../wire/access.ts';
import { AwsError } from '../wire/aws-error.ts';
import { type AwsRequest, parseJsonBody } from '../wire/aws-request.ts';
import type { ServedApi } from '../wire/gateway.ts';
import { parseTarget, unescapePath } from '../wire/request-target.ts';
import { type CertificateAuthority, issueThing } from './certificate-authority.ts';
import { certificateArn, type Registry, thingArn } from './registry.ts';

interface Call {
  /** What `{}` in the path stands for. */
  name: string;
  query: URLSearchParams;
  headers: AwsRequest['headers'];
  body: Record<string, unknown>;
}

type Answer = (call: Call) => object | Promise<object>;

interface ApiParts {
  registry: Registry;
  authority: CertificateAuthority;
  /** Host and port of the credentials provider. */
  credentialsEndpoint: string;
  /** The same of the broker; undefined in a stack without a rule. */
  dataEndpoint: string | undefined;
  now(): number;
}

export function createIotApi(parts: ApiParts): ServedApi {
  const operations = operationsOf(parts);
  const find = (method: string, url: string) => {
    const { path } = parseTarget(url);
    return Object.entries(operations).find(([, { on }]) => match(on, method, path) !== undefined);
  };
  return {
    operationOf: ({ method, url }) => find(method, url)?.[0],
    denied: ['AccessDeniedException', 403],
    needs({ method, url }) {
      const [name, operation] = find(method, url) ?? [];
      if (name === undefined || !operation) return undefined;
      const part = match(operation.on, method, parseTarget(url).path) ?? '';
      return needOn(`iot:${name}`, operation.about(part));
    },
    async handle(request, response) {
      const [, operation] = find(request.method, request.url) ?? [];
      if (!operation) {
        const known = Object.keys(operations).sort().join(', ');
        throw new AwsError('NotImplemented', `Local AWS IoT does ${known}`, 501);
      }
      const { path, query } = parseTarget(request.url);
      const name = match(operation.on, request.method, path) ?? '';
      const body = parseJsonBody(request) as Record<string, unknown>;
      send(response, await operation.answer({ name, query, headers: request.headers, body }));
    },
  };
}

/** The part of the path in place of `{}`; undefined if the call is another. */
function match(on: string, method: string, path: string): string | undefined {
  const [wanted, pattern = ''] = on.split(' ');
  if (wanted !== method) return undefined;
  const found = new RegExp(`^${pattern.replace('{}', '([^/]+)')}$`).exec(path);
  return found ? unescapePath(found[1] ?? '') : undefined;
}

function operationsOf({ registry, authority, credentialsEndpoint, dataEndpoint, now }: ApiParts) {
  const operations = {
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
  return operations;
}

/** The resource that IAM is asked about, by the part of the path. */
type About = (part: string) => string;

const NOTHING: About = () => '*';
const policyArn: About = (name) => arnOf('iot', `policy/${name}`);

const on = (path: string, about: About, answer: Answer) => ({ on: path, about, answer });
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

const principalOf = (headers: AwsRequest['headers']) => idOf(headers['x-amzn-principal']);

function idOf(arn: unknown): string {
  const [, id] = /^arn:[^:]+:iot:[^:]*:[^:]*:cert\/([0-9a-f]{64})$/.exec(String(arn)) ?? [];
  if (id !== undefined) return id;
  throw new AwsError('InvalidRequestException', `Expected the ARN of a certificate, got ${arn}`);
}

function send(response: ServerResponse, answer: object): void {
  const body = JSON.stringify(answer);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
