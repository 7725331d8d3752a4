/** How far the detector has learnt what is usual for a device. */
import { paginateQuery } from '@aws-sdk/client-dynamodb';
import { z } from 'zod';
import { learntOf, WARM_UP_MS } from '../../../../services/contract/learning.ts';
import type { StateTable } from '../../../cli/incidents/list.ts';
import type { Stack } from '../../../emulator/stack/intrinsics.ts';
import type { DeviceModel } from '../page-answers.ts';

/** Undefined for a device that no model has. */
export type ReadModel = (site: string, device: string) => Promise<DeviceModel | undefined>;

const MINUTE_MS = 60_000;

/**
 * @param table of the models; undefined where the stack has none
 * @param period how often a model is looked at, ms
 * @param now ms since the epoch
 */
export const createModels =
  (table: () => StateTable | undefined, period: () => number, now: () => number): ReadModel =>
  async (site, device) => {
    const models = table();
    if (!models) return undefined;
    const ofSite = {
      TableName: models.name,
      KeyConditionExpression: 'site_id = :site',
      ExpressionAttributeValues: { ':site': { S: site } },
    };
    for await (const { Items = [] } of paginateQuery({ client: models.client }, ofSite)) {
      for (const item of Items) {
        const learnt = learntOf(item, device);
        if (learnt)
          return { metrics: learnt.map(({ metric, values }) => modelOf(metric, values, period(), now())) };
      }
    }
    return undefined;
  };

/** A device that goes on sending learns one value a period. */
function modelOf(metric: string, values: number, periodMs: number, nowMs: number) {
  const missing = Math.ceil(WARM_UP_MS / periodMs) - values;
  if (missing <= 0) return { metric };
  return { metric, learningUntil: new Date(nowMs + missing * periodMs).toISOString() };
}

const variables = z.object({ MODEL_PERIOD_SECONDS: z.coerce.number().positive() });
const functionSchema = z.object({ Environment: z.object({ Variables: variables }) });

/** As the template sets it for the detector. */
export function modelPeriodOf({ resources }: Stack): number {
  for (const { type, properties } of resources) {
    if (type !== 'AWS::Lambda::Function') continue;
    const seconds = functionSchema.safeParse(properties).data?.Environment.Variables.MODEL_PERIOD_SECONDS;
    if (seconds !== undefined) return seconds * 1000;
  }
  return 20 * MINUTE_MS;
}
