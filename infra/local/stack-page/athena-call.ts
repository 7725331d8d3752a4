/** Athena on AWS, in the form in which the page's server asks the local one. */
import {
  type AthenaClient,
  BatchGetNamedQueryCommand,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  ListNamedQueriesCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import type { CallAthena } from '../console/server/query-runner.ts';

/** Operation → what sends it. The bodies are ours, of which the types do not tell more than the API does. */
const SENDERS: Record<string, (client: AthenaClient, body: never) => Promise<object>> = {
  ListNamedQueries: (client, body) => client.send(new ListNamedQueriesCommand(body)),
  BatchGetNamedQuery: (client, body) => client.send(new BatchGetNamedQueryCommand(body)),
  StartQueryExecution: (client, body) => client.send(new StartQueryExecutionCommand(body)),
  GetQueryExecution: (client, body) => client.send(new GetQueryExecutionCommand(body)),
  GetQueryResults: (client, body) => client.send(new GetQueryResultsCommand(body)),
  StopQueryExecution: (client, body) => client.send(new StopQueryExecutionCommand(body)),
};

export const athenaCall =
  (client: AthenaClient): CallAthena =>
  async (operation, body) => {
    const send = SENDERS[operation];
    if (!send) throw new Error(`Expected one of ${Object.keys(SENDERS).join(', ')}, got ${operation}`);
    return await send(client, body as never);
  };
