/** With the knob `budgetUsd`: the operations topic is told when the month's bill of the stack reaches it, or will. */
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { Aws, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { COST_TAG } from '../../../services/contract/stack.ts';

/** In percent of the budget: what is spent, and what AWS expects of the whole month. */
const NOTICES = [
  { notificationType: 'ACTUAL', threshold: 80 },
  { notificationType: 'FORECASTED', threshold: 100 },
];

export function createBudget(
  scope: Construct,
  { usd, topic, key }: { usd: number; topic: Topic; key: Key },
): void {
  const ownBudgets = {
    StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
    // Budgets belong to no region.
    ArnLike: { 'aws:SourceArn': `arn:${Aws.PARTITION}:budgets::${Aws.ACCOUNT_ID}:*` },
  };
  const allow = (sid: string, actions: string[], resource: string) =>
    new PolicyStatement({
      ...{ sid, actions, resources: [resource], conditions: ownBudgets },
      principals: [new ServicePrincipal('budgets.amazonaws.com')],
    });
  key.addToResourcePolicy(allow('BudgetsEncrypt', ['kms:Decrypt', 'kms:GenerateDataKey*'], '*'));
  topic.addToResourcePolicy(allow('BudgetsPublish', ['sns:Publish'], topic.topicArn));
  const stackName = Stack.of(scope).stackName;
  const budget = new CfnBudget(scope, 'Budget', {
    budget: {
      budgetType: 'COST',
      timeUnit: 'MONTHLY',
      budgetLimit: { amount: usd, unit: 'USD' },
      // The bill of other stacks of the account is theirs.
      costFilters: { TagKeyValue: [`user:${COST_TAG}$${stackName}`] },
    },
    notificationsWithSubscribers: NOTICES.map((notice) => ({
      notification: { ...notice, comparisonOperator: 'GREATER_THAN', thresholdType: 'PERCENTAGE' },
      subscribers: [{ subscriptionType: 'SNS', address: topic.topicArn }],
    })),
  });
  // AWS tests the topic when the budget is created.
  budget.node.addDependency(topic);
}
