/** API keys and what they belong to, by the API of API Gateway: method and path, and JSON. */
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { LOCAL_REGION } from '../stack/identities.ts';
import { writeFileAtomicSync } from '../state/atomic-file.ts';
import { orUndone } from '../state/or-undone.ts';
import { readStateFile, stateText } from '../state/state-file.ts';
import { on } from '../wire/access.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { ServedApi } from '../wire/gateway.ts';
import { type RestOperation, restService } from '../wire/rest-service.ts';

const keySchema = z.object({
  name: z.string(),
  value: z.string(),
  enabled: z.boolean(),
  /** Ids of usage plans. */
  plans: z.array(z.string()),
});
const stateSchema = z.object({ keys: z.record(z.string(), keySchema).default({}) });
const createSchema = z.object({
  name: z.string().default(''),
  value: z.string().min(20).max(128).optional(),
  enabled: z.boolean().default(false),
});
const attachSchema = z.object({ keyId: z.string(), keyType: z.literal('API_KEY') });

export class Keys {
  readonly #file: string;
  #state: z.infer<typeof stateSchema>;
  /** Ids of the template's usage plans. */
  readonly #plans: ReadonlySet<string>;

  constructor(stateDir: string, plans: ReadonlySet<string>) {
    this.#file = join(stateDir, 'apigateway.json');
    const otherwise = `${this.#file} is damaged. Remove it, and make the tokens again.`;
    this.#state = readStateFile(this.#file, stateSchema, otherwise) ?? stateSchema.parse({});
    this.#plans = plans;
  }

  /** The plans of an enabled key with this value; undefined where there is none. */
  plansOf(value: string): readonly string[] | undefined {
    const key = Object.values(this.#state.keys).find((one) => one.enabled && one.value === value);
    return key?.plans;
  }

  create(body: unknown): object {
    const { name, enabled, value = randomBytes(20).toString('hex') } = parse(createSchema, body);
    const keys = Object.values(this.#state.keys);
    if (keys.some((key) => key.value === value)) {
      throw new AwsError('ConflictException', 'API Key already exists', 409);
    }
    const id = createHash('sha256').update(value).digest('hex').slice(0, 10);
    this.#change(() => {
      this.#state.keys[id] = { name, value, enabled, plans: [] };
    });
    return { id, name, enabled, value };
  }

  list(nameStart: string): object {
    const items = Object.entries(this.#state.keys)
      .filter(([, { name }]) => name.startsWith(nameStart))
      .map(([id, { name, enabled }]) => ({ id, name, enabled }));
    return { item: items };
  }

  delete(id: string): void {
    this.#find(id);
    this.#change(() => {
      delete this.#state.keys[id];
    });
  }

  attach(plan: string, body: unknown): object {
    if (!this.#plans.has(plan)) throw missing('Usage Plan');
    const { keyId: id } = parse(attachSchema, body);
    const key = this.#find(id);
    this.#change(() => {
      if (!key.plans.includes(plan)) key.plans.push(plan);
    });
    return { id, name: key.name, type: 'API_KEY' };
  }

  #find(id: string): z.infer<typeof keySchema> {
    const found = Object.hasOwn(this.#state.keys, id) ? this.#state.keys[id] : undefined;
    if (found) return found;
    throw missing('API Key');
  }

  #change(change: () => void): void {
    const before = structuredClone(this.#state);
    change();
    orUndone(
      () => writeFileAtomicSync(this.#file, stateText(this.#state)),
      () => {
        this.#state = before;
      },
    );
  }
}

const missing = (what: string) =>
  new AwsError('NotFoundException', `Invalid ${what} identifier specified`, 404);

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const { success, data, error } = schema.safeParse(body);
  if (success) return data;
  throw new AwsError('BadRequestException', error.issues[0]?.message ?? 'Invalid request');
}

const operationsOf = (keys: Keys): Record<string, RestOperation> => ({
  CreateApiKey: { on: 'POST /apikeys', status: 201, answer: ({ body }) => keys.create(body) },
  GetApiKeys: { on: 'GET /apikeys', answer: ({ query }) => keys.list(query.get('name') ?? '') },
  DeleteApiKey: { on: 'DELETE /apikeys/{}', status: 202, answer: ({ name }) => void keys.delete(name) },
  CreateUsagePlanKey: {
    on: 'POST /usageplans/{}/keys',
    status: 201,
    answer: ({ name, body }) => keys.attach(name, body),
  },
});

export const createKeysApi = (keys: Keys): ServedApi =>
  restService({
    title: 'API Gateway',
    operations: operationsOf(keys),
    // Actions of API Gateway are methods, and its resources paths.
    needs: (_, __, { method, path }) =>
      on(`apigateway:${method}`, `arn:aws:apigateway:${LOCAL_REGION}::${path}`),
  });
