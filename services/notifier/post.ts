/** Sends a request to a channel. */
import type { Request } from './format/request.ts';

const TIMEOUT_MS = 8_000;

/** Rejects with a reason that holds neither the address nor what was sent. */
export type Post = (request: Request) => Promise<number>;

export const post: Post = async ({ url, headers, body }) => {
  const response = await fetch(url, {
    ...{ method: 'POST', redirect: 'manual', headers: { ...headers }, body },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: unknown) => {
    throw new Error(`no answer (${codeOf(error)})`);
  });
  await response.body?.cancel();
  const { status } = response;
  if (status >= 200 && status < 300) return status;
  throw new Error(`answered ${status}`);
};

/** `fetch` says what it was in the cause alone, and its own message may hold the address. */
function codeOf(error: unknown): string {
  const { name, cause } = error as Error;
  const { code } = (cause ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : name;
}
