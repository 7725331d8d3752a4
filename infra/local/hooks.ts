/**
 * A receiver for channels, so that what Slack or PagerDuty would get is seen without an account: `POST /api/hook/NAME`
 * keeps what came and says so on the screen, `GET /api/hook/NAME` gives it back, newest first.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EventBus } from '../emulator/base/events.ts';
import { whyForeign } from '../emulator/wire/origin.ts';
import { type Answer, errorAnswer, HttpError, jsonAnswer, readText, send } from './console/server/http.ts';

/** Addresses may go on, as that of Opsgenie does when an alert is closed. */
const PATH = /^\/api\/hook\/([A-Za-z0-9_-]{1,64})(\/[^?]*)?(?:\?.*)?$/;
const MAX_KEPT = 50;
const MAX_NAMES = 20;
const MAX_BODY_BYTES = 512 * 1024;
const MAX_SHOWN = 160;

interface Received {
  at: string;
  /** What follows the name in the address. */
  path: string;
  /** JSON where it is that. */
  body: unknown;
}

/** A handler that answers the paths of the receiver and returns true, or returns false for any other path. */
export function createHooks(
  bus: EventBus,
  now: () => number,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const kept = new Map<string, Received[]>();

  async function answer(request: IncomingMessage, name: string, path: string): Promise<Answer> {
    const foreign = whyForeign(request.headers);
    if (foreign) throw new HttpError(403, foreign);
    if (request.method === 'GET') return jsonAnswer({ received: kept.get(name) ?? [] });
    if (request.method !== 'POST') throw new HttpError(405, `Expected GET or POST, got ${request.method}`);
    const body = parsed(await readText(request, MAX_BODY_BYTES));
    if (!kept.has(name) && kept.size >= MAX_NAMES) kept.delete(kept.keys().next().value ?? '');
    const received = [{ at: new Date(now()).toISOString(), path, body }, ...(kept.get(name) ?? [])];
    kept.set(name, received.slice(0, MAX_KEPT));
    bus.publish({ type: 'notice', level: 'info', text: `Channel ${name} got: ${titleOf(body)}` });
    // As PagerDuty, Opsgenie and workflows of Teams answer.
    return jsonAnswer({ status: 'success' }, 202);
  }

  return (request, response) => {
    const [, name, path = ''] = PATH.exec(request.url ?? '') ?? [];
    if (name === undefined) return false;
    answer(request, name, path)
      .catch(errorAnswer)
      .then((result) => send(request, response, result));
    return true;
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The first words for a person in what came, whichever service it is for; keys are not among them. */
function titleOf(body: unknown): string {
  const { event_action: action, dedup_key: key, ...others } = (body ?? {}) as Record<string, unknown>;
  if (typeof action === 'string') return `${action} ${String(key)}`;
  const words = ['text', 'title', 'message', 'note'].map((name) => others[name]).find(isText);
  const card = others.attachments as { content?: { body?: { text?: unknown }[] } }[] | undefined;
  const text = words ?? card?.[0]?.content?.body?.[0]?.text;
  return isText(text) ? text.slice(0, MAX_SHOWN) : 'something that is not of a kind known here';
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
