/** `npm run channel -- test NAME`: an incident that opens and ends at once, sent to one channel. */
import { randomUUID } from 'node:crypto';
import type { Alert, AlertStatus } from '../contract/alert.ts';
import { toRequests } from './format/format.ts';
import type { News } from './format/news.ts';
import type { NotifierParts } from './notifier.ts';

export interface TryEvent {
  /** Name of the channel. */
  try: string;
}

/** What the function answers. */
export interface TryResult {
  /** Statuses that the channel answered with; empty where there was a problem before. */
  answers: number[];
  problem?: string;
}

export async function tryChannel(
  name: string,
  { channels, post, whereabouts, now }: Pick<NotifierParts, 'channels' | 'post' | 'whereabouts' | 'now'>,
): Promise<TryResult> {
  const found = (await channels()).channels.find((one) => one.name === name);
  if (found === undefined) return { answers: [], problem: 'there is no such channel' };
  const answers: number[] = [];
  const id = `test-${randomUUID()}`;
  try {
    for (const status of ['firing', 'resolved'] as const) {
      for (const request of toRequests(testNews(id, status, now()), found.channel, whereabouts, now())) {
        answers.push(await post(request));
      }
    }
    return { answers };
  } catch (error) {
    return { answers, problem: (error as Error).message };
  }
}

function testNews(incident_id: string, status: AlertStatus, nowMs: number): News {
  const at = new Date(nowMs).toISOString();
  const told = { incident_id, severity: 'warning', site_id: 'test-site', device_id: 'test-device' } as const;
  const alert: Alert = {
    ...{ ...told, status, rule: 'test', notification_id: `${incident_id}-${status}` },
    kind: 'threshold',
    metric: 'temperature',
    operator: '>',
    threshold: '80',
    ...{ value: 85, peak: 85, started_at: at, at },
    summary: 'This is a test of the channel: nothing has happened',
    timestamp_sent: at.slice(0, 13).replace('T', ' '),
  };
  return { status, rule: 'test', told: [{ ...told, alert }] };
}
