/** `incidents show ID`: from the state table how it stands, from the lake how it came to that. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import type { Alert } from '../../../services/contract/alert.ts';
import { formatSentHour } from '../../../services/contract/time.ts';
import { Athena } from '../../cli/athena-client.ts';
import type { OpenIncident } from '../../cli/incidents/open-incident.ts';
import { sentAbout } from '../../cli/incidents/sent.ts';
import type { StackOutputs } from '../../cli/outputs.ts';
import { UserError } from '../../cli/user-error.ts';
import { withClients } from '../../cli/with-clients.ts';
import { listSubscriptions } from '../subscribe/subscriptions.ts';
import { onlyOne } from './choose.ts';
import { alertsLike, readingsQuery, seriesOf } from './history.ts';
import type { IncidentsIo } from './io.ts';
import { describeIncident, type Known, renderReadings, renderSent, renderTimeline } from './story.ts';

export interface Asked {
  id: string;
  /** Undefined where none is open. */
  open: OpenIncident | undefined;
  /** How far back one that is over is looked for, ms. */
  sinceMs: number;
  json: boolean;
}

export async function showIncident(
  { id, open, sinceMs, json }: Asked,
  outputs: StackOutputs,
  io: IncidentsIo,
  signal: AbortSignal,
): Promise<void> {
  const athena = new Athena(outputs);
  try {
    const fromDay = (open?.sent_from ?? formatSentHour(io.now() - sinceMs)).slice(0, 10);
    const all = await alertsLike(athena, outputs, open?.incident_id ?? id, fromDay, signal).catch((error) => {
      // At night, what the state table knows is better than nothing.
      if (open && !json) io.stdout(`${describeIncident({ open, alerts: [] }, io.now())}\n`);
      throw error;
    });
    const known: Known = { open, alerts: open ? all : alertsOfOne(id, all) };
    const query = readingsQuery(open, known.alerts, outputs, io.now());
    if (json) {
      io.stdout(
        `${JSON.stringify({ incident: open ?? null, alerts: known.alerts, query: query ?? null })}\n`,
      );
      return;
    }
    io.stdout(`${describeIncident(known, io.now())}\n${renderTimeline(known, io.width)}`);
    io.stdout(`\nE-mail and endpoints\n${await subscribers(outputs)}`);
    io.stdout(`\nChannels\n${await channels(outputs, known, signal)}`);
    if (query === undefined) return;
    const result = await athena.run(query, [], signal);
    io.stdout(`\nReadings from 10 minutes before it\n${renderReadings(seriesOf(result))}`);
    io.stdout(`\nThe query, in Athena or after npm run query --\n${query}\n`);
  } finally {
    athena.close();
  }
}

/** @throws UserError where there is no such incident, or several */
function alertsOfOne(id: string, all: readonly Alert[]): Alert[] {
  const latest = new Map(all.map((alert) => [alert.incident_id, alert]));
  const one = onlyOne(id, [...latest.values()]);
  if (one) return all.filter(({ incident_id }) => incident_id === one.incident_id);
  throw new UserError(
    `No incident begins with ${id}: none is open, and none is in the lake. Older than a week? Add --since 30d.`,
  );
}

/** What the channels were sent. */
async function channels({ SentTableName, ...outputs }: StackOutputs, known: Known, signal: AbortSignal) {
  const id = (known.open ?? known.alerts[0])?.incident_id;
  if (SentTableName === undefined || id === undefined) return 'This stack does not say.\n';
  return withClients(
    outputs,
    (options) => ({ dynamo: new DynamoDBClient(options) }),
    { service: 'DynamoDB', denied: 'You may not see what the channels were sent (dynamodb:Scan)' },
    async ({ dynamo }) => renderSent(await sentAbout({ client: dynamo, name: SentTableName }, id, signal)),
  ).catch(orSentence);
}

const subscribers = (outputs: StackOutputs): Promise<string> =>
  withClients(
    outputs,
    (options) => ({ sns: new SNSClient(options) }),
    {
      service: 'SNS',
      denied:
        'You may not see who is subscribed (sns:ListSubscriptionsByTopic, sns:GetSubscriptionAttributes)',
    },
    ({ sns }) => listSubscriptions({ client: sns, topicArn: outputs.AlertTopicArn }),
  ).catch(orSentence);

/** Credentials that may not see one part get the others all the same. */
function orSentence(error: unknown): string {
  if (error instanceof UserError) return `${error.message}\n`;
  throw error;
}
