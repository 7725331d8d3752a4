/** The page's buttons of people on call: acknowledge, close, silence. */
import { z } from 'zod';
import { MAX_BY, MAX_COMMENT } from '../../../../services/contract/by-hand.ts';
import type { Silence } from '../../../../services/contract/silence-schema.ts';
import { formatTimestamp } from '../../../../services/contract/time.ts';
import { stateOf } from '../../../cli/silences.ts';
import { UserError } from '../../../cli/user-error.ts';
import type { ShownSilence } from '../page-answers.ts';
import type { Desk } from './desk.ts';
import { body, HttpError, jsonAnswer, type PageRoutes } from './http.ts';

const MAX_BYTES = 8_192;
const LONGEST_MINUTES = 90 * 1440;

const by = z.string().trim().min(1).max(MAX_BY);
const comment = z.string().trim().max(MAX_COMMENT);
const deedSchema = z.strictObject({ id: z.string().min(1).max(64), by, comment: comment.optional() });
const patterns = z.array(z.string()).optional();
const silenceRequestSchema = z.strictObject({
  matchers: z.strictObject({ sites: patterns, devices: patterns, rules: patterns, severities: patterns }),
  minutes: z.number().int().min(1).max(LONGEST_MINUTES),
  by,
  comment: comment.min(1),
});
const endSchema = z.strictObject({ id: z.string().min(1).max(64) });

/** @param now ms since the epoch */
export function deskRoutes(desk: Desk, now: () => number): PageRoutes {
  /** Path → what the desk does with a note. */
  const deed = (make: Desk['acknowledge'], done: string) => ({
    POST: body(deedSchema, MAX_BYTES, async ({ id, by, comment }) => {
      const note = { by, at: formatTimestamp(now()), ...(comment && { comment }) };
      if (!(await make(id, note))) throw new HttpError(409, 'It is not open any more: reload the page.');
      return { done };
    }),
  });

  return {
    '/api/acknowledge': deed(desk.acknowledge, 'acknowledged'),
    '/api/close': deed(desk.close, 'close requested'),
    '/api/silences': {
      GET: async () => {
        const all = await desk.silences.list();
        const newestFirst = all.toSorted((a, b) => (a.created_at < b.created_at ? 1 : -1));
        return jsonAnswer(newestFirst.map(shown(now())));
      },
    },
    '/api/silence': {
      POST: body(silenceRequestSchema, MAX_BYTES, async (asked) => {
        const { id } = await explained(400, desk.silences.add(silenceOf(asked, now())));
        return { done: 'silenced', id };
      }),
    },
    '/api/end-silence': {
      POST: body(endSchema, MAX_BYTES, async ({ id }) => {
        await explained(409, desk.silences.end(id, now()));
        return { done: 'ended' };
      }),
    },
  };
}

function silenceOf(asked: z.infer<typeof silenceRequestSchema>, nowMs: number): Omit<Silence, 'id'> {
  const { matchers, minutes, by: author, comment } = asked;
  const now = formatTimestamp(nowMs);
  const ends_at = formatTimestamp(nowMs + minutes * 60_000);
  return { matchers, author, comment, created_at: now, starts_at: now, ends_at };
}

/** What a command would say to its user. @throws HttpError with that status */
async function explained<T>(status: number, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof UserError ? new HttpError(status, error.message) : error;
  }
}

/** @param ms since the epoch */
export const shown =
  (ms: number) =>
  (silence: Silence): ShownSilence => ({ ...silence, state: stateOf(silence, ms) });
