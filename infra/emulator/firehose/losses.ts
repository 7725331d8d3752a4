/** What a delivery stream had accepted and cannot deliver any more. */
import type { EventBus } from '../base/events.ts';
import { counted, lossNotice } from '../base/loss.ts';
import type { Move } from './journal.ts';

/** @param gone objects that are neither staged nor in the bucket */
export function sayGone(bus: EventBus, name: string, gone: readonly Move[]): void {
  const [first] = gone;
  if (!first) return;
  const lines = gone.reduce((sum, move) => sum + (move.lines ?? 0), 0);
  const what = `${counted(lines, 'line')} that ${name} was moving to the bucket when it ended`;
  bus.publish(lossNotice(what, `${first.from} is gone`, 'Send them again if their senders still have them.'));
}

/** @param lost number of records that were in the spool */
export function sayLost(bus: EventBus, name: string, lost: number, spool: string): void {
  if (lost === 0) return;
  const what = `${counted(lost, 'record')} put to ${name}`;
  const advice = 'The others are delivered; send these again if their sender still has them.';
  bus.publish(lossNotice(what, `${spool} was damaged before they were delivered`, advice));
}
