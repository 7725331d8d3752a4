/**
 * The control API, which injects faults for proofs and for the page. Bodies are JSON.
 *
 * - `GET /api/control/faults` → `{ active: ActiveFault[], presets: { name, title, expect }[] }`, where an active fault
 *   is `{ id, title, on, kind, after, share, skip, times?, delay, duration?, hits, until? }`: `duration` and `delay`
 *   in ms, `until` an ISO 8601 time, `hits` the number of calls or entries hit. Faults that are over are not listed.
 * - `POST /api/control/faults` with `{ "preset": "sns-down", "duration": "30s" }`, or with a fault such as
 *   `{ "on": "sns.Publish", "kind": "throttle", "share": 0.5, "duration": "30s" }` (see `faults/fault.ts` for all
 *   fields). Answers 201 and the active fault. Without `duration`, the fault lasts until it is cleared.
 * - `DELETE /api/control/faults/ID`, or `/api/control/faults` for all: `{ cleared: 1 }`.
 *
 * Errors: `{ message }` with 400 (what was expected), 403 (foreign page), 404, 405, 413 or 415.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { ActiveFault, Faults } from '../emulator/faults/faults.ts';
import { faultSchema } from '../emulator/registry.ts';
import { whyForeign } from '../emulator/wire/origin.ts';
import type { GetAnswers, PostAnswers } from './console/page-answers.ts';
import { type Answer, errorAnswer, HttpError, jsonAnswer, readAnyJson, send } from './console/server/http.ts';
import { PRESETS } from './fault-presets.ts';

const ROOT = '/api/control/faults';
const MAX_BODY_BYTES = 4_096;

const presetSchema = z.strictObject({
  preset: z.string(),
  duration: z.string().optional(),
});

/** A handler that answers the paths of the control API and returns true, or returns false for any other path. */
export function createControl(
  faults: Faults,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  return (request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    if (!path.startsWith('/api/control/')) return false;
    answer(faults, path, request)
      .catch(errorAnswer)
      .then((result) => send(request, response, result));
    return true;
  };
}

async function answer(faults: Faults, path: string, request: IncomingMessage): Promise<Answer> {
  const foreign = whyForeign(request.headers);
  if (foreign) throw new HttpError(403, foreign);
  const id = path.startsWith(`${ROOT}/`) ? path.slice(ROOT.length + 1) : undefined;
  if (path !== ROOT && id === undefined) throw new HttpError(404, `Expected ${ROOT}, got ${path}`);
  switch (request.method) {
    case 'GET': {
      const presets = PRESETS.map(({ name, title, expect }) => ({ name, title, expect }));
      return jsonAnswer<GetAnswers[typeof ROOT]>({ active: faults.list(), presets });
    }
    case 'POST':
      return jsonAnswer<PostAnswers[typeof ROOT]>(
        add(faults, await readAnyJson(request, MAX_BODY_BYTES)),
        201,
      );
    case 'DELETE': {
      const cleared = faults.clear(id);
      if (id !== undefined && cleared === 0) throw new HttpError(404, `There is no fault ${id} (any more)`);
      return jsonAnswer({ cleared });
    }
    default:
      throw new HttpError(405, `Expected GET, POST or DELETE, got ${request.method}`);
  }
}

function add(faults: Faults, body: unknown): ActiveFault {
  if (typeof body === 'object' && body !== null && 'preset' in body) {
    const { preset: name, duration } = check(presetSchema, body);
    const preset = PRESETS.find((known) => known.name === name);
    const names = PRESETS.map((known) => known.name).join(', ');
    if (!preset) throw new HttpError(400, `preset: Expected one of ${names}, got "${name}"`);
    return faults.add(check(faultSchema, { ...preset.fault, duration }), preset.title);
  }
  return faults.add(check(faultSchema, body));
}

function check<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  throw new HttpError(400, issues.join('; '));
}
