/** News as a whole, for channels that tell a digest in one message. */
import { createHash } from 'node:crypto';
import type { News } from './news.ts';
import type { Request } from './request.ts';

export const wholeOf = (news: News): Pick<Request, 'id' | 'status' | 'incidents'> => ({
  ...{ id: newsId(news), status: news.status },
  incidents: [...new Set(news.told.map(({ incident_id }) => incident_id))],
});

function newsId({ status, told }: News): string {
  const incidents = told
    .map(({ incident_id, severity, notification_id = severity }) => `${incident_id} ${notification_id}`)
    .sort();
  return `${status}-${createHash('sha256').update(incidents.join('\n')).digest('hex').slice(0, 32)}`;
}
