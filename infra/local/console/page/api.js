// The server's JSON API. Errors are thrown with the server's own message.
import { el } from './dom.js';

/** @import { ErrorAnswer, GetAnswers, PostAnswers } from '../page-answers.ts' */

/** @typedef {(work: () => Promise<string | void>) => () => Promise<void>} Attempt wraps work so that its outcome is shown */

/**
 * @template {keyof GetAnswers} Path @param {Path} path @param {Record<string, string>} [query]
 * @returns {Promise<GetAnswers[Path]>}
 */
export const getJson = (path, query) => request(query ? `${path}?${new URLSearchParams(query)}` : path);

/**
 * @template {keyof PostAnswers} Path @param {Path} path @param {object} body
 * @returns {Promise<PostAnswers[Path]>}
 */
export const postJson = (path, body) =>
  request(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

/** @param {string} id of a fault in force */
export const endFault = (id) =>
  request(`/api/control/faults/${encodeURIComponent(id)}`, { method: 'DELETE' });

export const getHistory = async () => (await call('/api/history')).arrayBuffer();

/** Nobody answers. What is said of it goes away as soon as somebody does. */
class Disconnected extends Error {
  constructor() {
    super(`Not connected to ${programName()}. Try again as soon as the page says “Live”.`);
  }
}

/** Who serves the page. */
export const programName = () => (document.body.dataset.live === 'false' ? 'npm run page' : 'npm start');

/** @param {string} path @param {RequestInit} [init] */
async function call(path, init) {
  const response = await fetch(path, init).catch(() => undefined);
  if (!response) throw new Disconnected();
  return response;
}

/** @param {string} path @param {RequestInit} [init] */
async function request(path, init) {
  const response = await call(path, init);
  const answer = await response.json().catch(() => undefined);
  if (response.ok && answer !== undefined) return answer;
  const { message = `The server has answered with HTTP ${response.status}` } =
    /** @type {Partial<ErrorAnswer>} */ (answer ?? {});
  throw new Error(message);
}

/** @param {unknown} error */
export const messageOf = (error) => (error instanceof Error ? error.message : String(error));

/**
 * What went wrong, as an element. @see removeDisconnected
 * @template {'p' | 'span'} Tag @param {Tag} tag @param {unknown} error @param {Record<string, string>} [attributes]
 */
export const errorElement = (tag, error, attributes = {}) =>
  el(
    tag,
    { class: 'error', ...attributes, 'data-disconnected': error instanceof Disconnected },
    messageOf(error),
  );

/** To be called when the server answers again. */
export function removeDisconnected() {
  for (const node of document.querySelectorAll('[data-disconnected]')) node.remove();
}
