// The server's JSON API. Errors are thrown with the server's own message.

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

/** @param {string} path @param {RequestInit} [init] */
async function request(path, init) {
  const response = await fetch(path, init);
  const answer = await response.json();
  if (response.ok) return answer;
  const { message = `HTTP ${response.status}` } = /** @type {Partial<ErrorAnswer>} */ (answer);
  throw new Error(message);
}

/** @param {unknown} error */
export const messageOf = (error) => (error instanceof Error ? error.message : String(error));
