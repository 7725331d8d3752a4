/**
 * The items of the detector's state table, taken from its own writes. Calls of our own would be counted, billed and hit
 * by faults like all others.
 */
import { z } from 'zod';
import { parseJson } from '../../../emulator/base/parse-json.ts';
import type { AwsService } from '../../../emulator/wire/gateway.ts';

const itemSchema = z.object({
  site_id: z.object({ S: z.string() }),
  device_rule: z.object({ S: z.string().includes('#') }),
  state: z.object({ S: z.enum(['normal', 'pending', 'firing', 'recovering']) }),
  incident_id: z.object({ S: z.string() }).optional(),
  severity: z.object({ S: z.string() }).optional(),
  started_at: z.object({ S: z.string() }).optional(),
  // As text where DynamoDB has no such number.
  peak: z.union([z.object({ N: z.coerce.number() }), z.object({ S: z.coerce.number() })]).optional(),
  high_water_mark: z.object({ S: z.string() }),
  outbox: z.object({ S: z.string() }).optional(),
});
const putSchema = z.object({ TableName: z.string(), Item: itemSchema });

/** An item whose state is not normal. */
export interface WatchedItem {
  site_id: string;
  device_id: string;
  rule: string;
  state: 'pending' | 'firing' | 'recovering';
  incident_id?: string;
  severity?: string;
  started_at?: string;
  peak?: number;
  /** Event time of the reading that changed it last. */
  at: string;
  /** Whether it has alerts that are not known to be published. */
  unsent: boolean;
}

export interface StateWatch {
  watch(service: AwsService): AwsService;
  /** Items of one table; none for undefined. */
  items(table: string | undefined): WatchedItem[];
}

/** Further items are not shown. */
const MAX_ITEMS = 1_000;

export function createStateWatch(): StateWatch {
  const items = new Map<string, WatchedItem & { table: string }>();
  return {
    watch: (service) => async (request, response) => {
      await service(request, response);
      if (request.operation !== 'PutItem' || response.statusCode !== 200) return;
      const put = parseJson(request.body.toString(), putSchema);
      if (!put) return;
      const { TableName: table } = put;
      const key = `${table}/${put.Item.site_id.S}/${put.Item.device_rule.S}`;
      const item = toItem(put.Item);
      if (!item) items.delete(key);
      else if (items.has(key) || items.size < MAX_ITEMS) items.set(key, { ...item, table });
    },
    items: (wanted) =>
      [...items.values()].filter(({ table }) => table === wanted).map(({ table, ...item }) => item),
  };
}

function toItem(item: z.infer<typeof itemSchema>): WatchedItem | undefined {
  const { S: state } = item.state;
  if (state === 'normal') return undefined;
  const { S: key } = item.device_rule;
  return {
    site_id: item.site_id.S,
    device_id: key.slice(0, key.lastIndexOf('#')),
    rule: key.slice(key.lastIndexOf('#') + 1),
    state,
    incident_id: item.incident_id?.S,
    severity: item.severity?.S,
    started_at: item.started_at?.S,
    peak: item.peak && ('N' in item.peak ? item.peak.N : item.peak.S),
    at: item.high_water_mark.S,
    unsent: item.outbox !== undefined,
  };
}
