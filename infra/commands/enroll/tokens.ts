/**
 * Tokens of sites without a gateway. A table says whose token it is, by its hash; API Gateway counts requests by a key
 * whose value is the same hash. The token itself is shown once, and kept nowhere.
 */
import { randomBytes } from 'node:crypto';
import {
  type APIGatewayClient,
  CreateApiKeyCommand,
  CreateUsagePlanKeyCommand,
  DeleteApiKeyCommand,
  paginateGetApiKeys,
} from '@aws-sdk/client-api-gateway';
import {
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import { hashToken, TOKEN_BYTES, TOKEN_COLUMNS } from '../../../services/contract/site-token.ts';
import { Undo } from './undo.ts';

export interface SiteToken {
  site: string;
  hash: string;
  createdAt: string;
}

export interface TokenPlaces {
  dynamo: DynamoDBClient;
  gateway: APIGatewayClient;
  tableName: string;
  usagePlanId: string;
}

/** Of a key's name, so that keys of other stacks and sites are left alone. A site's name has no dot. */
const SHOWN_HASH = 8;

export class Tokens {
  readonly #places: TokenPlaces;

  constructor(places: TokenPlaces) {
    this.#places = places;
  }

  /** The token, which nobody can be told again. */
  async create(site: string, now: Date, say: (text: string) => void): Promise<string> {
    const { dynamo, gateway, tableName, usagePlanId } = this.#places;
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const hash = hashToken(token);
    await Undo.around(async (undo) => {
      const name = this.#nameOf({ site, hash });
      const { id: keyId } = await gateway.send(new CreateApiKeyCommand({ name, value: hash, enabled: true }));
      undo.add(() => gateway.send(new DeleteApiKeyCommand({ apiKey: keyId })));
      await gateway.send(new CreateUsagePlanKeyCommand({ usagePlanId, keyId, keyType: 'API_KEY' }));
      // Last: it is what lets the sender in.
      await dynamo.send(
        new PutItemCommand({
          TableName: tableName,
          Item: {
            [TOKEN_COLUMNS.hash]: { S: hash },
            [TOKEN_COLUMNS.site]: { S: site },
            [TOKEN_COLUMNS.created]: { S: now.toISOString() },
          },
        }),
      );
    }, say);
    return token;
  }

  async list(): Promise<SiteToken[]> {
    const { dynamo: client, tableName: TableName } = this.#places;
    const tokens: SiteToken[] = [];
    for await (const { Items = [] } of paginateScan({ client }, { TableName })) {
      for (const item of Items) {
        const text = (name: string) => item[name]?.S ?? '';
        tokens.push({
          ...{ site: text(TOKEN_COLUMNS.site), hash: text(TOKEN_COLUMNS.hash) },
          createdAt: text(TOKEN_COLUMNS.created),
        });
      }
    }
    return tokens.sort((a, b) => a.site.localeCompare(b.site) || a.createdAt.localeCompare(b.createdAt));
  }

  /** All tokens of the site, or all but the newest. Resolves with the number of those that were revoked. */
  async revoke(site: string, keep: 'none' | 'newest' = 'none'): Promise<number> {
    const { dynamo, gateway, tableName: TableName } = this.#places;
    const tokens = (await this.list()).filter((token) => token.site === site);
    const kept = keep === 'newest' ? tokens.at(-1) : undefined;
    const revoked = tokens.filter((token) => token !== kept);
    for (const { hash } of revoked) {
      await dynamo.send(new DeleteItemCommand({ TableName, Key: { [TOKEN_COLUMNS.hash]: { S: hash } } }));
    }
    for (const { id, name } of await this.#keysOf(site)) {
      if (kept === undefined || name !== this.#nameOf(kept)) {
        await gateway.send(new DeleteApiKeyCommand({ apiKey: id }));
      }
    }
    return revoked.length;
  }

  async #keysOf(site: string): Promise<{ id: string; name: string }[]> {
    const keys: { id: string; name: string }[] = [];
    const nameQuery = this.#prefix(site);
    const pages = paginateGetApiKeys({ client: this.#places.gateway, pageSize: 500 }, { nameQuery });
    for await (const { items = [] } of pages) {
      for (const { id, name } of items) if (id && name?.startsWith(nameQuery)) keys.push({ id, name });
    }
    return keys;
  }

  /** Of the key in the usage plan. */
  readonly #nameOf = ({ site, hash }: Pick<SiteToken, 'site' | 'hash'>) =>
    `${this.#prefix(site)}${hash.slice(0, SHOWN_HASH)}`;

  readonly #prefix = (site: string) => `streamwatch.${this.#places.usagePlanId}.${site}.`;
}
