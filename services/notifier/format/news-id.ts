/** The id of news as a whole, for channels that tell a digest in one message. */
import { createHash } from 'node:crypto';
import type { News } from './news.ts';

export function newsId({ status, told }: News): string {
  const incidents = told
    .map(({ incident_id, severity, notification_id = severity }) => `${incident_id} ${notification_id}`)
    .sort();
  return `${status}-${createHash('sha256').update(incidents.join('\n')).digest('hex').slice(0, 32)}`;
}
