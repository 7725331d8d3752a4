/**
 * What people may do, as managed policies to attach to their roles; IAM keeps them for nothing. They name this stack's
 * resources only, so a person with no other rights finds the stack by its name: --env, --stack or STREAMWATCH_STACK.
 */
import { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { type AskingProps, asking } from './analyst.ts';
import { type HandlingProps, handling } from './on-call.ts';
import { acknowledgeWildcards } from './parts/acknowledge.ts';

export class People extends Construct {
  /** Asks the history, and changes nothing. */
  readonly analyst: ManagedPolicy;
  /** Handles incidents, mails, channels and failed batches. Beside the other: both together are too long for one policy. */
  readonly onCall: ManagedPolicy;

  constructor(scope: Construct, id: string, props: AskingProps & HandlingProps) {
    super(scope, id);
    this.analyst = new ManagedPolicy(this, 'Analyst', {
      description: 'Streamwatch: may ask the history in Athena, and change nothing',
      statements: asking(this, props),
    });
    this.onCall = new ManagedPolicy(this, 'OnCall', {
      description: 'Streamwatch: may do what the runbooks ask for. To be given beside the one for analysts',
      statements: handling(this, props),
    });
    for (const policy of [this.analyst, this.onCall]) {
      acknowledgeWildcards(
        policy,
        'A folder, a child or an id of the one resource that is named before it; metrics, which have no name',
      );
    }
  }
}
