/** Questions of deploy and destroy to CloudFormation, with errors that a person can act on. */
import {
  CloudFormationClient,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { type AwsContext, explainAws } from '../../cli/aws-problem.ts';
import { UserError } from '../../cli/user-error.ts';

export interface Bucket {
  logicalId: string;
  name: string;
}

/** The stacks of the account and region that the environment (AWS_PROFILE, AWS_REGION, …) points at. */
export class Stacks {
  readonly region: string;
  private readonly client: CloudFormationClient;

  private constructor(client: CloudFormationClient, region: string) {
    this.client = client;
    this.region = region;
  }

  /** @throws UserError when no region is set */
  static async open(): Promise<Stacks> {
    // The CDK command line reads AWS_DEFAULT_REGION as well; the SDK does not.
    const region = process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
    const client = new CloudFormationClient({ maxAttempts: 2, ...(region ? { region } : {}) });
    try {
      return new Stacks(client, await client.config.region());
    } catch (cause) {
      client.destroy();
      throw new UserError('No AWS region is set. Choose one, for example: export AWS_REGION=eu-central-1', {
        cause,
      });
    }
  }

  /**
   * The stack, or undefined if none has this name.
   * @throws UserError when AWS cannot be reached or refuses
   */
  async find(name: string): Promise<Stack | undefined> {
    try {
      const { Stacks: found } = await this.client.send(new DescribeStacksCommand({ StackName: name }));
      return found?.[0];
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw explainAws(error, AWS_CONTEXT);
    }
  }

  /** The buckets of a stack, the one that takes the access logs of the others last. */
  async buckets(name: string): Promise<Bucket[]> {
    try {
      const { StackResources = [] } = await this.client.send(
        new DescribeStackResourcesCommand({ StackName: name }),
      );
      return StackResources.filter(({ ResourceType }) => ResourceType === 'AWS::S3::Bucket')
        .flatMap(({ LogicalResourceId: logicalId = '', PhysicalResourceId }) =>
          PhysicalResourceId ? [{ logicalId, name: PhysicalResourceId }] : [],
        )
        .sort((a, b) => Number(takesLogs(a)) - Number(takesLogs(b)));
    } catch (error) {
      throw explainAws(error, AWS_CONTEXT);
    }
  }

  close(): void {
    this.client.destroy();
  }
}

const takesLogs = ({ logicalId }: Bucket) => logicalId.includes('AccessLogs');

/** CloudFormation has no separate error for a stack that does not exist. */
const isMissing = (error: unknown) =>
  (error as Error).name === 'ValidationError' && (error as Error).message.includes('does not exist');

const AWS_CONTEXT: AwsContext = {
  service: 'CloudFormation',
  endpoint: undefined,
  denied: 'These credentials may not look at stacks, which a deployment needs',
};
