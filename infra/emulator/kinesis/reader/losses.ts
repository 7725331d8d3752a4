/** What a consumer of a stream cannot read any more is said, and counts as dealt with from then on. */
import type { EventBus } from '../../base/events.ts';
import { counted, lossNotice } from '../../base/loss.ts';
import { type Counts, NOTHING, plus } from '../log/counts.ts';
import type { Audited, Finding, Position } from './audit.ts';
import type { Passed } from './passed.ts';

export interface Consumer {
  streamName: string;
  /** What it has not done with the records, such as `delivered by Readings`. */
  task: string;
  passed(shard: string): Counts | undefined;
  /** On disk when it resolves, so that a loss is said once. */
  note(passed: readonly Passed[]): Promise<void>;
  onLost?(lost: Counts): void;
}

export interface Auditor {
  audit(position: Position): Promise<Audited | undefined>;
  /** Of the store. */
  folder: string;
}

/** @returns a function for a {@link StreamReader}'s `audit`; `taken` is what was read and is not counted as passed yet */
export function auditFor({ audit, folder }: Auditor, consumer: Consumer, bus: EventBus) {
  const { streamName, task } = consumer;

  function say(shardId: string, lost: Counts, why: string, advice: string): void {
    if (lost.records === 0) return;
    const what = `${counted(lost.lines, 'line')} of ${streamName} (${counted(lost.records, 'record')}, ${shardId})`;
    bus.publish(lossNotice(what, why, advice));
  }

  return async (shardId: string, after: string | undefined, taken?: Passed): Promise<Passed> => {
    const passed = (shard: string) => (taken?.shard === shard ? taken : consumer.passed(shard));
    const position = { streamName, shardId, after, passed };
    const audited = await audit(position);
    if (!audited) return { shard: shardId, ...NOTHING };
    const { shard, findings, retentionHours } = audited;
    const aged = sum(findings, 'aged');
    const missing = sum(findings, 'missing');
    say(
      shardId,
      aged,
      `older than the ${retentionHours} hours that the stream keeps, before they were ${task}`,
      'A longer retention of the stream covers a longer stop.',
    );
    say(
      shardId,
      missing,
      `acknowledged, not yet ${task}, and not there any more, because ${folder} was damaged`,
      'Send them again if their senders still have them.',
    );
    const lost = plus(aged, missing);
    if (lost.records > 0) {
      await consumer.note(findings.map((finding) => ({ shard: finding.shard, ...finding.passed })));
      consumer.onLost?.(lost);
    }
    return { shard, ...(findings.at(-1)?.passed ?? NOTHING) };
  };
}

const sum = (findings: readonly Finding[], kind: 'aged' | 'missing'): Counts =>
  findings.reduce((total, finding) => plus(total, finding[kind]), NOTHING);
