/** What has happened since the start, gathered from the event bus: for the page and the closing account. */
import type { EventBus, RuntimeEvent } from '../emulator/base/events.ts';

/** As many as the page shows. */
const KEPT = 20;

type Delivered = Extract<RuntimeEvent, { type: 'delivery' }>['objects'][number];
type Notice = Extract<RuntimeEvent, { type: 'notice' }>;

export interface Activity {
  /** Newest first, with the time of completion, ISO 8601. */
  files: (Delivered & { at: string })[];
  notices: { level: Notice['level']; text: string; at: string }[];
  invocations: number;
  /** Invocations that failed, timed out or gave records back. */
  failedInvocations: number;
  /** Records that ended in the failure bucket. */
  abandoned: number;
}

export function followActivity(bus: EventBus, now: () => number): Activity {
  const activity: Activity = { files: [], notices: [], invocations: 0, failedInvocations: 0, abandoned: 0 };
  bus.on('event', (event) => {
    const at = new Date(now()).toISOString();
    switch (event.type) {
      case 'invocation':
        activity.invocations += 1;
        if (event.outcome !== 'ok') activity.failedInvocations += 1;
        break;
      case 'batch-abandoned':
        activity.abandoned += event.records;
        break;
      case 'delivery':
        activity.files = [...event.objects.map((object) => ({ ...object, at })), ...activity.files].slice(
          0,
          KEPT,
        );
        break;
      case 'notice':
        if (event.level !== 'info') {
          activity.notices = [{ level: event.level, text: event.text, at }, ...activity.notices].slice(
            0,
            KEPT,
          );
        }
        break;
    }
  });
  return activity;
}
