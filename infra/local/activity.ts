/** Counts and the latest news since the start, collected from the event bus for the page and the closing summary. */
import type { EventBus } from '../emulator/base/events.ts';
import type { Notice, WrittenFile } from './console/page-state.ts';
import { NotEvaluatedLog } from './not-evaluated.ts';

/** Number of files and notices that are kept for the page. */
const KEPT = 20;

export interface Activity {
  /** Newest first. */
  files: WrittenFile[];
  notices: Notice[];
  invocations: number;
  /** Records in the failure bucket. */
  abandoned: number;
  /** What is lost for good, with its number. */
  losses: string[];
  notEvaluated: NotEvaluatedLog;
}

export function followActivity(bus: EventBus, now: () => number): Activity {
  const notEvaluated = new NotEvaluatedLog(bus.warn);
  const counts = { invocations: 0, abandoned: 0 };
  const activity: Activity = { files: [], notices: [], ...counts, losses: [], notEvaluated };
  bus.on('message', notEvaluated.append);
  bus.on('event', (event) => {
    const at = new Date(now()).toISOString();
    switch (event.type) {
      case 'invocation':
        activity.invocations += 1;
        break;
      case 'batch-abandoned':
        activity.abandoned += event.records;
        break;
      case 'delivery':
        activity.files = newest(
          event.objects.map((object) => ({ ...object, at })),
          activity.files,
        );
        break;
      case 'notice': {
        const { level, text, lost } = event;
        if (lost !== undefined) activity.losses.push(lost);
        if (level !== 'info') activity.notices = newest([{ level, text, at }], activity.notices);
        break;
      }
    }
  });
  return activity;
}

const newest = <T>(fresh: T[], known: T[]): T[] => [...fresh, ...known].slice(0, KEPT);
