/** `npm run cost -- --actual`: what AWS has billed for a stack, by its tag. Cost Explorer charges for being asked. */
import type { CostExplorerClient, ResultByTime } from '@aws-sdk/client-cost-explorer';
import { COST_TAG } from '../../../services/contract/stack.ts';
import { explainAws } from '../../cli/aws-problem.ts';
import { formatNumber, plural } from '../../cli/text.ts';

/** For each page of an answer, of which one is the rule. */
const USD_PER_REQUEST = 0.01;
const SERVICE_WIDTH = 44;

export interface ActualMonth {
  /** `2026-11` */
  month: string;
  /** This month, or one whose bill AWS has not closed. */
  isEstimated: boolean;
  /** By service, the dearest first. */
  usd: { service: string; usd: number }[];
}

export interface ActualCost {
  stack: string;
  months: ActualMonth[];
  requests: number;
}

/** Last month and this one until now: `[2026-10-01, 2026-11-27)`. */
export function periodUntil(now: Date): { Start: string; End: string } {
  const day = (date: Date) => date.toISOString().slice(0, 10);
  return {
    Start: day(new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1))),
    // The end is exclusive.
    End: day(new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1))),
  };
}

/** @throws UserError where AWS refuses */
export async function actualCost(client: CostExplorerClient, stack: string, now: Date): Promise<ActualCost> {
  // Loaded only here: the estimate needs no SDK.
  const { GetCostAndUsageCommand } = await import('@aws-sdk/client-cost-explorer');
  const found: ResultByTime[] = [];
  let requests = 0;
  let NextPageToken: string | undefined;
  try {
    do {
      const page = await client.send(
        new GetCostAndUsageCommand({
          TimePeriod: periodUntil(now),
          Granularity: 'MONTHLY',
          Metrics: ['UnblendedCost'],
          Filter: { Tags: { Key: COST_TAG, Values: [stack], MatchOptions: ['EQUALS'] } },
          GroupBy: [{ Type: 'DIMENSION', Key: 'SERVICE' }],
          NextPageToken,
        }),
      );
      requests += 1;
      found.push(...(page.ResultsByTime ?? []));
      NextPageToken = page.NextPageToken;
    } while (NextPageToken !== undefined);
  } catch (error) {
    throw explainAws(error, {
      ...{ service: 'Cost Explorer', endpoint: undefined },
      denied: 'These credentials may not ask for costs (ce:GetCostAndUsage)',
    });
  }
  return { stack, months: monthsIn(found), requests };
}

/** A month may be spread over several pages. */
function monthsIn(results: readonly ResultByTime[]): ActualMonth[] {
  const months = new Map<string, ActualMonth>();
  for (const { TimePeriod, Estimated = false, Groups = [] } of results) {
    const month = TimePeriod?.Start?.slice(0, 7) ?? '';
    const known = months.get(month) ?? { month, isEstimated: Estimated, usd: [] };
    const usd = Groups.map(({ Keys, Metrics }) => ({
      service: Keys?.[0] ?? '',
      usd: Number(Metrics?.UnblendedCost?.Amount ?? 0),
    }));
    months.set(month, { ...known, usd: [...known.usd, ...usd].sort((a, b) => b.usd - a.usd) });
  }
  return [...months.values()];
}

export function renderActual({ stack, months, requests }: ActualCost): string {
  const asked = `Asked Cost Explorer ${plural(requests, 'time')}: ${dollars(requests * USD_PER_REQUEST)}.`;
  const billed = months.filter(({ usd }) => usd.length > 0);
  if (billed.length === 0) {
    return (
      `AWS knows no cost of ${stack}. Activate the cost allocation tag ${COST_TAG} once for the account (Billing → Cost\n` +
      `allocation tags); what was used before that is not found by it, and new costs appear within a day.\n${asked}\n`
    );
  }
  return [...billed.flatMap((month) => monthLines(stack, month)), asked, ''].join('\n');
}

function monthLines(stack: string, { month, isEstimated, usd }: ActualMonth): string[] {
  const sum = usd.reduce((total, each) => total + each.usd, 0);
  const row = (name: string, amount: number) =>
    `  ${name.padEnd(SERVICE_WIDTH)}${dollars(amount).padStart(12)}`;
  return [
    `${stack}, ${month}${isEstimated ? ', so far' : ''}`,
    ...usd.map(({ service, usd: amount }) => row(service, amount)),
    row('Sum', sum),
    '',
  ];
}

const dollars = (usd: number) => `$${usd < 1000 ? usd.toFixed(2) : formatNumber(Math.round(usd))}`;
