/** What the page asks only of a stack that runs elsewhere: its health, and readings as they come. */
import { z } from 'zod';
import { awsProblemKind } from '../../../cli/aws-problem.ts';
import type { Health } from '../page-answers.ts';
import { body, HttpError, jsonAnswer, type PageRoutes } from './http.ts';

export interface Elsewhere {
  health(): Promise<Health>;
  /** Reads a site's readings for some minutes. */
  startLive(site: string): Promise<void>;
  stopLive(): void;
}

const MAX_BYTES = 1_024;
const name = z.string().min(1).max(64);
const liveSchema = z.union([z.strictObject({ site: name }), z.strictObject({ stop: z.literal(true) })]);

export function elsewhereRoutes(elsewhere: Elsewhere | undefined): PageRoutes {
  if (!elsewhere) return {};
  return {
    '/api/health': {
      GET: async () =>
        jsonAnswer(await allowed(elsewhere.health(), 'These credentials may not see alarms and metrics')),
    },
    '/api/live-readings': {
      POST: body(liveSchema, MAX_BYTES, async (asked) => {
        if ('stop' in asked) elsewhere.stopLive();
        else await allowed(elsewhere.startLive(asked.site), 'These credentials may not read the stream');
        return { done: 'stop' in asked ? 'ended' : 'begun' };
      }),
    },
  };
}

/** @throws HttpError 403 for what the credentials lack */
async function allowed<T>(work: Promise<T>, denied: string): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (awsProblemKind(error) !== 'denied') throw error;
    throw new HttpError(403, `${denied}: ${(error as Error).message}`);
  }
}
