/** EventBridge: rules that send the events of services here to queues. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { retry } from '../base/backoff.ts';
import type { AwsEvent } from '../base/events.ts';
import { iam } from '../iam/service.ts';
import { arnOf, LOCAL_ACCOUNT, LOCAL_REGION, named } from '../stack/identities.ts';
import { pathsOf } from '../stack/obeyed.ts';
import { sendToQueueAt } from '../stack/send-to-queue.ts';
import type { Service } from '../stack/service.ts';
import { type EventPattern, matchesPattern, parsePattern } from './pattern.ts';

const RULE = 'AWS::Events::Rule';
const ruleProperties = z.object({
  EventPattern: z.record(z.string(), z.unknown()),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Targets: z.array(z.object({ Arn: z.string() })).default([]),
});

interface Rule {
  name: string;
  /** With which it sends. */
  accessKey: string;
  pattern: EventPattern;
  targets: string[];
}

const RETRY = { baseMs: 250, maxMs: 10_000 };

export const eventbridge: Service<void> = {
  name: 'eventbridge',
  types: {
    [RULE]: {
      identity: named('Name', (name) => arnOf('events', `rule/${name}`)),
      obeys: ['Name', ...pathsOf(ruleProperties)],
      runs: ({ properties }) => queuesOf(properties).length > 0,
    },
  },
  open({ resources, endpoint, bus, clock, of, onClose }) {
    const sendToQueue = sendToQueueAt(endpoint);
    const stopped = new AbortController();
    const underWay = new Set<Promise<void>>();
    const rules = resources(RULE)
      .filter(({ properties }) => ruleProperties.safeParse(properties).data?.State === 'ENABLED')
      .map(({ ref: name, arn, properties }): Rule => {
        const { EventPattern: pattern } = ruleProperties.parse(properties);
        const { accessKey } = of(iam).asService('events', arn);
        return { name, accessKey, pattern: parsePattern(name, pattern), targets: queuesOf(properties) };
      });

    function deliver({ name: rule, accessKey }: Rule, queue: string, body: string): void {
      const onFailure = ({ message }: Error, failures: number) => {
        if (failures > 1) return;
        bus.warn(`Rule ${rule}: ${message}. Trying on.`);
      };
      const sent = retry(() => sendToQueue(queue, accessKey, body), {
        clock,
        backoff: RETRY,
        stopped: stopped.signal,
        onFailure,
      });
      const ended = sent.catch(() => undefined).finally(() => underWay.delete(ended));
      underWay.add(ended);
    }

    const onEvent = (event: AwsEvent): void => {
      const whole = envelope(event, clock.now());
      for (const rule of rules) {
        if (!matchesPattern(rule.pattern, whole)) continue;
        for (const queue of rule.targets) deliver(rule, queue, JSON.stringify(whole));
      }
    };
    bus.on('aws-event', onEvent);
    onClose(async () => {
      bus.off('aws-event', onEvent);
      stopped.abort();
      await Promise.all(underWay);
    });
  },
};

/** The queues among its targets; undefined properties, as of a rule by schedule, have none. */
function queuesOf(properties: unknown): string[] {
  const { Targets = [] } = ruleProperties.safeParse(properties).data ?? {};
  return Targets.map(({ Arn }) => Arn).filter((arn) => /^arn:[^:]+:sqs:/.test(arn));
}

const envelope = ({ source, detailType, resources, detail }: AwsEvent, nowMs: number) => ({
  ...{ version: '0', id: randomUUID(), 'detail-type': detailType, source },
  ...{ account: LOCAL_ACCOUNT, region: LOCAL_REGION },
  time: `${new Date(nowMs).toISOString().slice(0, 19)}Z`,
  ...{ resources, detail },
});
