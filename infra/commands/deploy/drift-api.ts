/** What CloudFormation says about resources that were changed outside of it, and how it puts them back. */
import {
  type Change,
  CloudFormationClient,
  CreateChangeSetCommand,
  DeleteChangeSetCommand,
  DescribeChangeSetCommand,
  DescribeStackDriftDetectionStatusCommand,
  DescribeStacksCommand,
  DetectStackDriftCommand,
  ExecuteChangeSetCommand,
  paginateDescribeStackResourceDrifts,
  type Stack,
  type StackResourceDrift,
} from '@aws-sdk/client-cloudformation';
import { type AwsContext, explainAws } from '../../cli/aws-problem.ts';
import { PATIENCE } from '../../cli/client-options.ts';
import { UserError } from '../../cli/user-error.ts';

/** Waits between two looks, in ms. */
export type Wait = (ms: number) => Promise<void>;

const LOOK_EVERY_MS = 2000;
/** A stack of this size takes minutes. */
const MOST_LOOKS = 900;
const CONTEXT: AwsContext = {
  ...{ service: 'CloudFormation', endpoint: undefined },
  denied: 'These credentials may not detect or revert drift',
};

export interface PreparedRevert {
  changeSet: string;
  changes: Change[];
}

export class DriftApi {
  readonly #client: CloudFormationClient;
  readonly #wait: Wait;

  constructor(region: string, wait: Wait) {
    this.#client = new CloudFormationClient({ ...PATIENCE, region, maxAttempts: 3 });
    this.#wait = wait;
  }

  /** Resources that are not as the template says, as far as CloudFormation can see. */
  detect(stackName: string): Promise<StackResourceDrift[]> {
    return explained(async () => {
      const { StackDriftDetectionId } = await this.#client.send(
        new DetectStackDriftCommand({ StackName: stackName }),
      );
      const status = await this.#until(
        () => this.#client.send(new DescribeStackDriftDetectionStatusCommand({ StackDriftDetectionId })),
        ({ DetectionStatus }) => DetectionStatus !== 'DETECTION_IN_PROGRESS',
      );
      if (status.DetectionStatus === 'DETECTION_FAILED') {
        throw new UserError(`Drift could not be detected: ${status.DetectionStatusReason}`);
      }
      const found: StackResourceDrift[] = [];
      const StackResourceDriftStatusFilters = ['MODIFIED' as const, 'DELETED' as const];
      const pages = paginateDescribeStackResourceDrifts(
        { client: this.#client },
        { StackName: stackName, StackResourceDriftStatusFilters },
      );
      for await (const page of pages) found.push(...(page.StackResourceDrifts ?? []));
      return found;
    });
  }

  /** A change set with the template as it was deployed, so that it holds nothing but reverts. */
  prepare({ StackName, Parameters = [] }: Stack, name: string): Promise<PreparedRevert> {
    return explained(async () => {
      const { Id: changeSet } = await this.#client.send(
        new CreateChangeSetCommand({
          ...{ StackName, ChangeSetName: name, UsePreviousTemplate: true, DeploymentMode: 'REVERT_DRIFT' },
          Parameters: Parameters.map(({ ParameterKey }) => ({ ParameterKey, UsePreviousValue: true })),
          Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM'],
          Description: 'Streamwatch: what was changed by hand, back to the template',
        }),
      );
      if (changeSet === undefined)
        throw new UserError('CloudFormation made no change set, and did not say why. Look at its console.');
      const created = await this.#until(
        () => this.#client.send(new DescribeChangeSetCommand({ ChangeSetName: changeSet })),
        ({ Status = '' }) => !/PENDING|IN_PROGRESS/.test(Status),
      );
      if (created.Status !== 'CREATE_COMPLETE') {
        await this.discard(changeSet);
        throw new UserError(`CloudFormation cannot put it back by itself: ${created.StatusReason}`);
      }
      const changes = [...(created.Changes ?? [])];
      for (let next = created.NextToken; next !== undefined; ) {
        const page = await this.#client.send(
          new DescribeChangeSetCommand({ ChangeSetName: changeSet, NextToken: next }),
        );
        changes.push(...(page.Changes ?? []));
        next = page.NextToken;
      }
      return { changeSet, changes };
    });
  }

  /** @returns the stack's state when it is over */
  execute(changeSet: string, stackName: string): Promise<string> {
    return explained(async () => {
      await this.#client.send(new ExecuteChangeSetCommand({ ChangeSetName: changeSet }));
      const { Stacks: stacks } = await this.#until(
        () => this.#client.send(new DescribeStacksCommand({ StackName: stackName })),
        (seen) => isOver(seen.Stacks?.[0]?.StackStatus ?? ''),
      );
      return stacks?.[0]?.StackStatus ?? 'unknown';
    });
  }

  async discard(changeSet: string): Promise<void> {
    await this.#client.send(new DeleteChangeSetCommand({ ChangeSetName: changeSet }));
  }

  close(): void {
    this.#client.destroy();
  }

  async #until<T>(look: () => Promise<T>, isDone: (seen: T) => boolean): Promise<T> {
    for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
      const seen = await look();
      if (isDone(seen)) return seen;
      await this.#wait(LOOK_EVERY_MS);
    }
    throw new UserError('CloudFormation has not finished in half an hour. Look at the stack in its console.');
  }
}

/** Old resources are still being deleted in this state, which nobody has to wait for. */
const isOver = (status: string) =>
  status === 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS' || !status.endsWith('_IN_PROGRESS');

async function explained<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw explainAws(error, CONTEXT);
  }
}
