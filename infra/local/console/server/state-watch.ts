/**
 * The items of the detector's state table: read once, then kept up to date from the writes that pass the port. Our own
 * calls do not pass the port, where they would be counted, billed and hit by faults like all others.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { type Alert, alertSchema } from '../../../../services/contract/alert.ts';
import type { ByHand } from '../../../../services/contract/by-hand.ts';
import {
  byHandSchema,
  numberAttribute,
  subjectOf,
  textAttribute,
} from '../../../cli/incidents/open-incident.ts';
import { parseJson } from '../../../emulator/base/parse-json.ts';
import { UnsentResponse } from '../../../emulator/faults/unsent-response.ts';
import type { AwsRequest } from '../../../emulator/wire/aws-request.ts';
import type { AwsService } from '../../../emulator/wire/gateway.ts';

const itemSchema = z.object({
  site_id: textAttribute,
  device_rule: textAttribute.refine((key) => key.includes('#')),
  state: textAttribute.pipe(z.enum(['normal', 'pending', 'firing', 'recovering'])),
  incident_id: textAttribute.optional(),
  severity: textAttribute.optional(),
  started_at: textAttribute.optional(),
  peak: numberAttribute.optional(),
  high_water_mark: textAttribute,
  outbox: textAttribute.optional(),
  acknowledged: byHandSchema.optional(),
  close_requested: byHandSchema.optional(),
});
type Item = z.infer<typeof itemSchema>;
const putSchema = z.object({ TableName: z.string(), Item: itemSchema });
const writeSchema = z.object({ TableName: z.string() });
const pageSchema = z.object({
  Items: z.array(z.unknown()),
  LastEvaluatedKey: z.record(z.string(), z.unknown()).optional(),
});

/** An item that says more than that all is well and everybody knows. */
export interface WatchedItem {
  site_id: string;
  device_id: string;
  rule: string;
  state: 'normal' | 'pending' | 'firing' | 'recovering';
  incident_id?: string;
  severity?: string;
  started_at?: string;
  peak?: number;
  /** Event time of the reading that changed it last. */
  at: string;
  /** Alerts that are not known to be published. */
  outbox: Alert[];
  acknowledged?: ByHand | undefined;
  close_requested?: ByHand | undefined;
}

export interface WatchedTable {
  items: WatchedItem[];
  /** Are these all that there are? Not where the table could not be read. */
  isWhole: boolean;
  /** Another number whenever something was written. */
  revision: number;
}

export interface StateWatch {
  watch(service: AwsService): AwsService;
  /** What a table holds; nothing for undefined. */
  table(name: string | undefined): Promise<WatchedTable>;
}

/** Writes that do not say all of what they leave behind: the table is read again. */
const READ_AGAIN = /^(?:DeleteItem|UpdateItem|BatchWriteItem|TransactWriteItems|ExecuteStatement)$/;

/** An attribute of every incident's item, and of no other. */
const OF_INCIDENTS = 'high_water_mark';

export function createStateWatch(): StateWatch {
  const tables = new Map<string, Table>();
  let read: Read | undefined;

  function tableOf(name: string): Table {
    const table = tables.get(name) ?? new Table();
    tables.set(name, table);
    return table;
  }

  return {
    watch: (service) => async (request, response) => {
      const { headers } = request;
      read ??= (body) => scan(service, headers, body);
      await service(request, response);
      if (response.statusCode !== 200) return;
      if (request.operation === 'PutItem') {
        const put = parseJson(request.body.toString(), putSchema);
        if (put) tableOf(put.TableName).put(put.Item);
      } else if (request.operation === 'BatchExecuteStatement') {
        // The detector inserts nothing about incidents by statements; somebody else may.
        if (request.body.includes(OF_INCIDENTS)) for (const table of tables.values()) table.doubt();
      } else if (READ_AGAIN.test(request.operation)) {
        const named = parseJson(request.body.toString(), writeSchema);
        for (const table of named ? [tableOf(named.TableName)] : tables.values()) table.doubt();
      }
    },
    async table(name) {
      if (name === undefined) return { items: [], isWhole: false, revision: 0 };
      const table = tableOf(name);
      if (read) await table.readBy(name, read);
      return table.shown();
    },
  };
}

type Read = (body: object) => Promise<z.infer<typeof pageSchema> | undefined>;

/** One table, as far as it is known. */
class Table {
  #items = new Map<string, WatchedItem>();
  #reading: Promise<boolean> | undefined;
  #isWhole = false;
  #revision = 0;
  /** Keys that were written while the table is being read: what is read of them may be older. */
  readonly #written = new Set<string>();

  put(item: Item): void {
    const key = keyOf(item);
    this.#written.add(key);
    this.#revision += 1;
    keep(this.#items, key, item);
  }

  doubt(): void {
    this.#reading = undefined;
  }

  shown(): WatchedTable {
    return { items: [...this.#items.values()], isWhole: this.#isWhole, revision: this.#revision };
  }

  async readBy(name: string, read: Read): Promise<void> {
    this.#reading ??= this.#readAll(name, read);
    const reading = this.#reading;
    this.#isWhole = await reading;
    if (!this.#isWhole && this.#reading === reading) this.#reading = undefined;
  }

  async #readAll(TableName: string, read: Read): Promise<boolean> {
    this.#written.clear();
    const found = new Map<string, WatchedItem>();
    let ExclusiveStartKey: object | undefined;
    do {
      const page = await read({ TableName, ConsistentRead: true, ExclusiveStartKey });
      if (!page) return false;
      for (const value of page.Items) {
        const item = itemSchema.safeParse(value).data;
        if (item) keep(found, keyOf(item), item);
      }
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
    for (const key of this.#written) {
      const newer = this.#items.get(key);
      if (newer) found.set(key, newer);
      else found.delete(key);
    }
    this.#items = found;
    this.#revision += 1;
    return true;
  }
}

const keyOf = ({ site_id, device_rule }: Item) => `${site_id}/${device_rule}`;

function keep(items: Map<string, WatchedItem>, key: string, item: Item): void {
  const watched = toWatched(item);
  if (watched.state === 'normal' && watched.outbox.length === 0) items.delete(key);
  else items.set(key, watched);
}

/** A page of the table, by a call that looks like those that the table is used to; undefined where it is refused. */
async function scan(service: AwsService, headers: IncomingHttpHeaders, body: object): ReturnType<Read> {
  const request: AwsRequest = {
    ...{ service: 'dynamodb', operation: 'Scan', method: 'POST', url: '/' },
    headers: { ...headers, 'x-amz-target': 'DynamoDB_20120810.Scan', 'content-length': undefined },
    body: Buffer.from(JSON.stringify(body)),
  };
  const response = new UnsentResponse();
  try {
    await service(request, response);
  } catch {
    return undefined;
  }
  return response.statusCode === 200 ? parseJson(response.body, pageSchema) : undefined;
}

function toWatched(item: Item): WatchedItem {
  const { site_id, device_rule, high_water_mark: at, outbox = '[]', ...rest } = item;
  return {
    ...{ ...subjectOf({ site_id, device_rule }), ...rest, at },
    outbox: parseJson(outbox, z.array(alertSchema)) ?? [],
  };
}
