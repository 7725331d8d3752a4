/** What to type after a deployment. */
import type { StackOutputs } from '../../cli/outputs.ts';

const WIDTH = 52;
const step = (command: string, meaning: string): string[] => [`  ${command.padEnd(WIDTH)}  ${meaning}`];

/** @param addresses that a mail asks to confirm their subscription */
export function nextSteps(
  { stackName, env }: { stackName: string; env: string | undefined },
  outputs: StackOutputs,
  addresses: readonly string[],
): string {
  const [ofEnv, only] = env === undefined ? ['', ''] : [` --env ${env}`, ` -- --env ${env}`];
  const lines = [
    '',
    `${stackName} runs in ${outputs.Region}. Next:`,
    ...(addresses.length > 0
      ? [
          `  Confirm the subscription by the link in the mail to ${addresses.join(', ')}: no alert comes before.`,
        ]
      : step(`npm run subscribe -- you@example.com${ofEnv}`, 'alerts by e-mail')),
    ...step(`npm run simulate -- --devices 100 --anomaly-rate 0.01${ofEnv}`, 'readings, some of them wrong'),
    ...step(`npm run query${only}`, 'what the history can be asked'),
  ];
  // Other partitions have other consoles.
  if (outputs.DashboardName && outputs.AlertTopicArn.startsWith('arn:aws:')) {
    const console = `https://${outputs.Region}.console.aws.amazon.com/cloudwatch/home?region=${outputs.Region}`;
    lines.push(`  ${console}#dashboards/dashboard/${outputs.DashboardName}`);
  }
  return `${lines.join('\n')}\n`;
}
