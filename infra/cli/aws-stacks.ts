/** Questions to CloudFormation, with errors that a person can act on. */
import {
  CloudFormationClient,
  DescribeStacksCommand,
  GetTemplateCommand,
  paginateDescribeStacks,
  paginateListStackResources,
  type Stack,
  type StackResourceSummary,
} from '@aws-sdk/client-cloudformation';
import { type AwsContext, explainAws } from './aws-problem.ts';
import { PATIENCE } from './client-options.ts';
import { UserError } from './user-error.ts';

export interface Bucket {
  logicalId: string;
  name: string;
}

export const NO_REGION = 'No AWS region is set. Choose one, for example: export AWS_REGION=eu-central-1';
const noSuchRegion = (got: string) =>
  `Expected the name of an AWS region, got "${got}". Choose one, for example: export AWS_REGION=eu-central-1`;

/** The stacks of the account and region that the environment (AWS_PROFILE, AWS_REGION, …) points at. */
export class Stacks {
  readonly region: string;
  readonly #client: CloudFormationClient;
  readonly #context: AwsContext;

  private constructor(client: CloudFormationClient, region: string, purpose: string) {
    this.#client = client;
    this.region = region;
    const denied = `These credentials may not look at stacks, which ${purpose}`;
    this.#context = { service: 'CloudFormation', endpoint: undefined, denied };
  }

  /**
   * @param purpose what needs it, such as `a deployment needs`: named where the credentials may not look
   * @throws UserError when no region is set
   */
  static async open(purpose = 'a deployment needs'): Promise<Stacks> {
    // The CDK command line reads AWS_DEFAULT_REGION as well; the SDK does not.
    const region = process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
    const client = new CloudFormationClient({ ...PATIENCE, maxAttempts: 2, ...(region ? { region } : {}) });
    try {
      return new Stacks(client, await client.config.region(), purpose);
    } catch (cause) {
      client.destroy();
      const [, wrong] = /region="(.*)"/.exec((cause as Error).message) ?? [];
      throw new UserError(wrong === undefined ? NO_REGION : noSuchRegion(wrong), { cause });
    }
  }

  /**
   * The stack, or undefined if none has this name.
   * @throws UserError when AWS cannot be reached or refuses
   */
  async find(name: string): Promise<Stack | undefined> {
    try {
      const { Stacks: found } = await this.#client.send(new DescribeStacksCommand({ StackName: name }));
      return found?.[0];
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw explainAws(error, this.#context);
    }
  }

  /**
   * Every stack of the account and region.
   * @throws UserError when AWS cannot be reached or refuses
   */
  async all(): Promise<Stack[]> {
    const found: Stack[] = [];
    try {
      for await (const page of paginateDescribeStacks({ client: this.#client }, {}))
        found.push(...(page.Stacks ?? []));
    } catch (error) {
      throw explainAws(error, this.#context);
    }
    return found;
  }

  /**
   * The template that a stack was last deployed with, as text.
   * @throws UserError when AWS cannot be reached or refuses
   */
  async template(name: string): Promise<string> {
    try {
      return (await this.#client.send(new GetTemplateCommand({ StackName: name }))).TemplateBody ?? '';
    } catch (error) {
      throw explainAws(error, this.#context);
    }
  }

  /**
   * The buckets of a stack, the one that takes the access logs of the others last.
   * @throws UserError when AWS cannot be reached or refuses
   */
  async buckets(name: string): Promise<Bucket[]> {
    const buckets: Bucket[] = [];
    try {
      // DescribeStackResources gives the first hundred resources, without a word about the others.
      for await (const page of paginateListStackResources({ client: this.#client }, { StackName: name }))
        buckets.push(...(page.StackResourceSummaries ?? []).flatMap(bucketIn));
    } catch (error) {
      throw explainAws(error, this.#context);
    }
    return buckets.sort((a, b) => Number(takesLogs(a)) - Number(takesLogs(b)));
  }

  close(): void {
    this.#client.destroy();
  }
}

const bucketIn = ({ ResourceType, LogicalResourceId, PhysicalResourceId }: StackResourceSummary): Bucket[] =>
  ResourceType === 'AWS::S3::Bucket' && LogicalResourceId && PhysicalResourceId
    ? [{ logicalId: LogicalResourceId, name: PhysicalResourceId }]
    : [];

const takesLogs = ({ logicalId }: Bucket) => logicalId.includes('AccessLogs');

/** CloudFormation has no separate error for a stack that does not exist. */
const isMissing = (error: unknown) =>
  (error as Error).name === 'ValidationError' && (error as Error).message.includes('does not exist');
