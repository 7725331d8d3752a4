/** What a certificate may publish, and the rules that take it: only in a stack that has rules. */

import { startOnFreePort } from '../base/free-port.ts';
import { contextOf } from '../iam/context.ts';
import { allows } from '../iam/decision.ts';
import type { Statement } from '../iam/document.ts';
import { iam } from '../iam/service.ts';
import { createPutRecord } from '../kinesis/put-record.ts';
import { arnOf } from '../stack/identities.ts';
import type { ServiceContext } from '../stack/service.ts';
import { type BrokerOptions, startBroker } from './broker.ts';
import type { Registry } from './registry.ts';
import { isEmulatedRule, TopicRule } from './topic-rule.ts';

/** After those of the credentials provider and of the first API. */
const PORTS_AFTER = 9;
const BASIC_INGEST = /^\$aws\/rules\/([A-Za-z0-9_]+)\/(.*)$/;

interface PublishingParts {
  registry: Registry;
  /** Statements of the template's policies, by name. */
  policies: ReadonlyMap<string, readonly Statement[]>;
  tls: BrokerOptions['tls'];
}

/** Host and port of the broker; undefined without a rule that runs here. */
export async function startRules(
  context: ServiceContext,
  parts: PublishingParts,
): Promise<string | undefined> {
  const { resources, endpoint, clock, bus, of, onClose, onDrain } = context;
  const ruleParts = {
    ...{ endpoint, clock, put: createPutRecord(endpoint) },
    actorOf: (roleArn: string, source: string) => of(iam).asRole({ roleArn, service: 'iot', source }),
    warn: bus.warn,
  };
  const emulated = resources('AWS::IoT::TopicRule').filter(isEmulatedRule);
  if (emulated.length === 0) return undefined;
  const rules = new Map(
    emulated.map((resource) => new TopicRule(resource, ruleParts)).map((rule) => [rule.name, rule]),
  );
  /** Actions under way: their messages are acknowledged. */
  const underWay = new Set<Promise<void>>();
  const broker = await startOnFreePort(Number(new URL(endpoint).port) + PORTS_AFTER, (port) =>
    startBroker({
      ...{ port, tls: parts.tls, allows: (...call) => mayDo(parts, ...call) },
      deliver(clientId, wholeTopic, payload) {
        const [, name = '', topic = ''] = BASIC_INGEST.exec(wholeTopic) ?? [];
        const running = rules.get(name)?.run({ topic, wholeTopic, clientId, payload });
        if (!running) return;
        underWay.add(running);
        void running.finally(() => underWay.delete(running));
      },
    }),
  );
  onDrain(async () => {
    await broker.close();
    await Promise.all(underWay);
  });
  onClose(() => broker.close());
  return `127.0.0.1:${broker.port}`;
}

/** As the policies of the certificate say. */
function mayDo(
  { registry, policies }: PublishingParts,
  certificateId: string,
  clientId: string,
  action: string,
  resource: string,
): boolean {
  const certificate = registry.find(certificateId);
  if (certificate?.status !== 'ACTIVE') return false;
  const things = registry.thingsOf(certificateId);
  // With one thing alone it is that; with several, the client id has to say which.
  const thing = things.length === 1 ? things[0] : things.find((name) => name === clientId);
  const statements = certificate.policies.flatMap((name) => policies.get(name) ?? []);
  const context = contextOf({
    'iot:Connection.Thing.IsAttached': String(thing !== undefined),
    'iot:Connection.Thing.ThingName': thing,
    'iot:ClientId': clientId,
  });
  return allows(statements, { action, resource: arnOf('iot', resource), context });
}
