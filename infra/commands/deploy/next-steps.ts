/** What to do after a deployment. */
import { COST_TAG } from '../../../services/contract/stack.ts';
import type { StackOutputs } from '../../cli/outputs.ts';
import type { News } from './plan.ts';

const WIDTH = 52;
const step = (command: string, meaning: string): string => `  ${command.padEnd(WIDTH)}  ${meaning}`;

interface Target {
  stackName: string;
  env: string | undefined;
}

export function nextSteps({ stackName, env }: Target, outputs: StackOutputs, news: News): string {
  const [ofEnv, only] = env === undefined ? ['', ''] : [` --env ${env}`, ` -- --env ${env}`];
  const lines = [
    '',
    `${stackName} runs in ${outputs.Region}. Next:`,
    news.alerts.length > 0
      ? `  Confirm the subscription by the link in the mail to ${news.alerts.join(', ')}: no alert comes before.`
      : step(`npm run subscribe -- you@example.com${ofEnv}`, 'alerts by e-mail'),
    ...alarmSteps(env, news),
    step(`npm run simulate -- --devices 100 --anomaly-rate 0.01${ofEnv}`, 'readings, some of them wrong'),
    step(`npm run query${only}`, 'what the history can be asked'),
  ];
  // Other partitions have other consoles.
  if (outputs.DashboardName && outputs.AlertTopicArn.startsWith('arn:aws:')) {
    const console = `https://${outputs.Region}.console.aws.amazon.com/cloudwatch/home?region=${outputs.Region}`;
    lines.push(`  ${console}#dashboards/dashboard/${outputs.DashboardName}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Alarms and budgets that nobody hears are of no use. */
function alarmSteps(env: string | undefined, { alarms, isUnheard, hasBudget }: News): string[] {
  const meaning = 'alarms about the pipeline itself';
  return [
    ...(alarms.length > 0
      ? [
          `  Confirm the subscription to alarms by the link in the mail to ${alarms.join(', ')}: no alarm comes before.`,
        ]
      : []),
    ...(isUnheard && env === undefined
      ? [step('npm run deploy -- -c operationsEmail=you@example.com', meaning)]
      : []),
    ...(isUnheard && env !== undefined
      ? [step(`"operationsEmail" in infra/environments/${env}.json`, meaning)]
      : []),
    ...(hasBudget
      ? [
          `  Activate the cost allocation tag ${COST_TAG} in the billing console, a day from now: the budget sees no cost before.`,
        ]
      : []),
  ];
}
