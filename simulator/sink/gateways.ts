/** Gateways of sites as the target: each record is a POST to the gateway of its site, as devices send. */
import { z } from 'zod';
import { UserError } from '../../infra/cli/user-error.ts';
import type { Put, PutEntry, PutResult } from './put-records.ts';

const TIMEOUT_MS = 10_000;

export interface SiteGateway {
  site: string;
  /** Such as `http://127.0.0.1:8080`. */
  url: string;
}

const statusSchema = z.object({ site: z.string() });
const answerSchema = z.object({ error: z.string().default(''), stored: z.number().optional() });

/** Asks each gateway for its site. @throws UserError if one does not tell, or two have the same */
export async function findGateways(urls: readonly string[]): Promise<SiteGateway[]> {
  const gateways = await Promise.all(urls.map(async (url) => ({ site: await siteOf(url), url })));
  const twice = gateways.find(({ site }, i) => gateways.findIndex((other) => other.site === site) !== i);
  if (twice) throw UserError.misuse(`--gateway: ${twice.url} is a second gateway of ${twice.site}.`);
  return gateways;
}

async function siteOf(url: string): Promise<string> {
  try {
    const response = await fetch(new URL('/status', url), { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return statusSchema.parse(await response.json()).site;
  } catch (cause) {
    throw new UserError(
      `No gateway answers at ${url}. Start one with: npm run gateway -- --keys sites/SITE`,
      {
        cause,
      },
    );
  }
}

export function postReadings(gateways: readonly SiteGateway[]): Put {
  const urls = new Map(gateways.map(({ site, url }) => [site, url]));
  return (entries) => Promise.all(entries.map((entry) => post(urls.get(entry.partitionKey) ?? '', entry)));
}

async function post(url: string, { partitionKey: site, data }: PutEntry): Promise<PutResult> {
  try {
    const response = await fetch(new URL('/readings', url), {
      ...{ method: 'POST', body: new Uint8Array(data), signal: AbortSignal.timeout(TIMEOUT_MS) },
    });
    return resultOf(site, response.status, await response.text());
  } catch (error) {
    const { cause, message } = error as Error & { cause?: { code?: string } };
    // Other gateways may answer, so this is not an outage of the whole target.
    return {
      outcome: 'error',
      reason: `The gateway of ${site} does not answer (${cause?.code ?? message}).`,
    };
  }
}

function resultOf(site: string, status: number, body: string): PutResult {
  const acked: PutResult = { outcome: 'acked', sequenceNumber: '', shardId: '' };
  if (status === 204) return acked;
  const { error, stored } = parseAnswer(body);
  const reason = `The gateway of ${site} answers ${status}: ${error}`;
  // Its readings are stored, and it has counted what is none.
  if (status === 400 && stored !== undefined) return acked;
  if (status === 503 || status === 507) return { outcome: 'throttled', reason };
  return { outcome: status >= 500 ? 'error' : 'fatal', reason };
}

function parseAnswer(body: string): z.infer<typeof answerSchema> {
  try {
    return answerSchema.parse(JSON.parse(body));
  } catch {
    return { error: body.slice(0, 200) };
  }
}
