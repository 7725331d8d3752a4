/** The page's buttons of whoever is on call: acknowledge, close, silence. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { activeAt, type Silence, silenceSchema } from '../../../../services/contract/silence-window.ts';
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
  const iso = () => new Date(now()).toISOString();

  /** Path → what the desk does with a note. */
  const deed = (make: Desk['acknowledge'], done: string): Methods => ({
    POST: async (_url, request) => {
      const { id, by, comment } = await readJson(request, deedSchema, MAX_BYTES);
      const note = { by, at: iso(), ...(comment && { comment }) };
      if (!(await make(id, note))) throw new HttpError(409, 'It is not open any more: reload the page.');
      return jsonAnswer({ done });
    },
  });

  return {
    '/api/acknowledge': deed(desk.acknowledge, 'acknowledged'),
    '/api/close': deed(desk.close, 'close requested'),
    '/api/silences': {
      GET: async () => jsonAnswer<GetAnswers['/api/silences']>((await desk.silences()).map(shown(now()))),
    },
    '/api/silence': {
      POST: async (_url, request) => {
        const asked = await readJson(request, silenceRequestSchema, MAX_BYTES);
        const silence = parsed(asked, now());
        await desk.putSilence(silence);
        return jsonAnswer<PostAnswers['/api/silence']>({ done: 'silenced', id: silence.id });
      },
    },
    '/api/end-silence': {
      POST: async (_url, request) => {
        const { id } = await readJson(request, endSchema, MAX_BYTES);
        const silence = (await desk.silences()).find((one) => one.id === id);
        if (!silence) throw new HttpError(404, 'There is no such silence (any more)');
        await desk.putSilence(endedNow(silence, iso()));
        return jsonAnswer<PostAnswers['/api/end-silence']>({ done: 'ended' });
      },
    },
  };
}

/** One that has not begun ends where it begins. */
const endedNow = (silence: Silence, now: string): Silence => ({
  ...silence,
  ends_at: silence.starts_at > now ? silence.starts_at : now,
});

/** @throws HttpError 400 for a pattern that is none, or no pattern at all */
function parsed(asked: z.infer<typeof silenceRequestSchema>, nowMs: number): Silence {
  const { matchers, minutes, by: author, comment } = asked;
  const iso = (ms: number) => new Date(ms).toISOString();
  const result = silenceSchema.safeParse({
    ...{ id: randomUUID().slice(0, 8), matchers, author, comment, created_at: iso(nowMs) },
    ...{ starts_at: iso(nowMs), ends_at: iso(nowMs + minutes * 60_000) },
  });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new HttpError(400, `${issue?.path.join('.')}: ${issue?.message}`);
}

/** @param ms since the epoch */
export const shown =
  (ms: number) =>
  (silence: Silence): ShownSilence => {
    const isOver = silence.ends_at !== undefined && Date.parse(silence.ends_at) <= ms;
    return { ...silence, state: isOver ? 'over' : activeAt(silence, ms) ? 'active' : 'waiting' };
  };
