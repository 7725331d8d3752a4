/** The page's buttons of people on call: acknowledge, close, silence. */
import { z } from 'zod';
import type { Silence } from '../../../../services/contract/silence-schema.ts';
import { formatTimestamp } from '../../../../services/contract/time.ts';
import { stateOf } from '../../../cli/silences.ts';
import { UserError } from '../../../cli/user-error.ts';
import type { GetAnswers, PostAnswers, ShownSilence } from '../page-answers.ts';
import type { Desk } from './desk.ts';
import { HttpError, jsonAnswer, type Methods, readJson } from './http.ts';

const MAX_BYTES = 8_192;
const LONGEST_MINUTES = 90 * 1440;

const by = z.string().trim().min(1).max(80);
const comment = z.string().trim().max(500);
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
export function deskRoutes(desk: Desk, now: () => number): Record<string, Methods> {
  /** Path → what the desk does with a note. */
  const deed = (make: Desk['acknowledge'], done: string): Methods => ({
    POST: async (_url, request) => {
      const { id, by, comment } = await readJson(request, deedSchema, MAX_BYTES);
      const note = { by, at: formatTimestamp(now()), ...(comment && { comment }) };
      if (!(await make(id, note))) throw new HttpError(409, 'It is not open any more: reload the page.');
      return jsonAnswer({ done });
    },
  });

  return {
    '/api/acknowledge': deed(desk.acknowledge, 'acknowledged'),
    '/api/close': deed(desk.close, 'close requested'),
    '/api/silences': {
      GET: async () => {
        const all = await desk.silences.list();
        const newestFirst = all.toSorted((a, b) => (a.created_at < b.created_at ? 1 : -1));
        return jsonAnswer<GetAnswers['/api/silences']>(newestFirst.map(shown(now())));
      },
    },
    '/api/silence': {
      POST: async (_url, request) => {
        const asked = await readJson(request, silenceRequestSchema, MAX_BYTES);
        const { id } = await explained(400, desk.silences.add(silenceOf(asked, now())));
        return jsonAnswer<PostAnswers['/api/silence']>({ done: 'silenced', id });
      },
    },
    '/api/end-silence': {
      POST: async (_url, request) => {
        const { id } = await readJson(request, endSchema, MAX_BYTES);
        await explained(409, desk.silences.end(id, now()));
        return jsonAnswer<PostAnswers['/api/end-silence']>({ done: 'ended' });
      },
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
