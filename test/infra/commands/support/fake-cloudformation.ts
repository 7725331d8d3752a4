/** An HTTP server that answers DescribeStacks, ListStackResources and GetTemplate in CloudFormation's protocol. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeStack {
  outputs?: Record<string, string>;
  status?: string;
  isProtected?: true;
  /** What GetTemplate answers, as JSON. */
  template?: object;
  /** Logical id → bucket name. */
  buckets?: Record<string, string>;
}

export interface FakeCloudFormation {
  url: string;
  stacks: Map<string, FakeStack>;
  /** Further actions: what they answer, as XML, to the request's form. */
  answers: Map<string, (form: URLSearchParams) => string>;
  /** If set, every request is answered with this error. */
  fail?: { code: string; message: string };
  close(): Promise<void>;
}

export async function fakeCloudFormation(): Promise<FakeCloudFormation> {
  const stacks = new Map<string, FakeStack>();
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const form = new URLSearchParams(body);
    const action = form.get('Action') ?? '';
    const name = form.get('StackName') ?? '';
    const stack = stacks.get(name);
    const own = fake.answers.get(action);
    const isForAll = action === 'DescribeStacks' && name === '';
    const error = fake.fail ?? (stack || isForAll || own ? undefined : missing(name));
    response.writeHead(error ? 400 : 200, { 'content-type': 'text/xml' });
    if (error) {
      response.end(
        `<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type>` +
          `<Code>${error.code}</Code><Message>${error.message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
      );
      return;
    }
    const asked: [string, FakeStack | undefined][] = isForAll ? [...stacks] : [[name, stack]];
    const result =
      own?.(form) ??
      (action === 'DescribeStacks'
        ? describeStacks(asked)
        : action === 'GetTemplate'
          ? `<TemplateBody>${escaped(JSON.stringify(stack?.template ?? {}))}</TemplateBody>`
          : describeResources(stack));
    response.end(
      `<${action}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">` +
        `<${action}Result>${result}</${action}Result></${action}Response>`,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const fake: FakeCloudFormation = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stacks,
    answers: new Map(),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return fake;
}

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const missing = (name: string) => ({
  code: 'ValidationError',
  message: `Stack with id ${name} does not exist`,
});

const describeStacks = (all: readonly [string, FakeStack | undefined][]) =>
  `<Stacks>${all.map(([name, stack]) => describeStack(name, stack)).join('')}</Stacks>`;

function describeStack(name: string, stack: FakeStack = {}): string {
  const outputs = Object.entries(stack.outputs ?? {})
    .map(
      ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
    )
    .join('');
  return (
    `<member><StackName>${name}</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime>` +
    `<StackStatus>${stack.status ?? 'CREATE_COMPLETE'}</StackStatus><Outputs>${outputs}</Outputs>` +
    `<EnableTerminationProtection>${stack.isProtected ?? false}</EnableTerminationProtection></member>`
  );
}

function describeResources({ buckets = {} }: FakeStack = {}): string {
  const member = (id: string, type: string, name: string) =>
    `<member><LogicalResourceId>${id}</LogicalResourceId><PhysicalResourceId>${name}</PhysicalResourceId>` +
    `<ResourceType>${type}</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus>` +
    `<LastUpdatedTimestamp>2026-01-01T00:00:00Z</LastUpdatedTimestamp></member>`;
  const members = Object.entries(buckets).map(([id, name]) => member(id, 'AWS::S3::Bucket', name));
  return `<StackResourceSummaries>${members.join('')}${member('Stream', 'AWS::Kinesis::Stream', 's')}</StackResourceSummaries>`;
}
