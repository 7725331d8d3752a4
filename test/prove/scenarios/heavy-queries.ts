import { setTimeout as sleep } from 'node:timers/promises';
import {
  AthenaClient,
  GetQueryExecutionCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { clientOptions } from '../../../infra/cli/client-options.ts';
import { Site } from '../producer.ts';
import { again, HOT, resolved, type Scenario, WELL } from '../scenario.ts';
import type { Stage } from '../stage.ts';

/** 10⁸ rows. */
const MANY =
  '(SELECT a.i * 10000 + b.i AS i FROM UNNEST(sequence(1, 10000)) a(i), UNNEST(sequence(1, 10000)) b(i))';

/** Each ends by itself, at a limit. */
export const GREEDY = [
  `SELECT cardinality(array_agg(i)) FROM ${MANY}`,
  `SELECT length(array_join(array_agg(lpad('x', 100000, 'y')), ',')) FROM ${MANY}`,
  'SELECT cardinality(flatten(transform(sequence(1, 10000), x -> sequence(1, 10000))))',
  `SELECT max(r) FROM (SELECT row_number() OVER (ORDER BY i DESC) AS r FROM ${MANY})`,
];
/** These have to be stopped. */
export const ENDLESS = ['b$', 'c$'].map(
  (end) =>
    `SELECT count(*) FROM ${MANY} WHERE regexp_like(lpad(CAST(i AS varchar), 5000, 'a'), '(a+)+${end}')`,
);
const ROUNDS = 4;
const MAX_ALERT_MS = 5000;

export const heavyQueries: Scenario = {
  name: 'heavy-queries',
  title: 'Queries that want all memory and all cores: they fail or are stopped, and alerts come as ever',
  async play(stage) {
    await stage.start();
    const athena = new AthenaClient(clientOptions(stage.outputs));
    const ids = await Promise.all([...ENDLESS, ...GREEDY].map((sql) => startQuery(athena, stage, sql)));
    const site = new Site('greedy', 10);
    for (let round = 1; round <= ROUNDS; round += 1) {
      const sentMs = performance.now();
      await stage.send(site, HOT);
      await stage.published('firing', round * site.devices.length);
      const tookMs = performance.now() - sentMs;
      if (tookMs > MAX_ALERT_MS) throw new Error(`An alert took ${(tookMs / 1000).toFixed(1)} s`);
      await stage.send(site, WELL);
      await stage.published('resolved', round * site.devices.length);
      // Now the greedy ones run.
      if (round === 2) await stopAll(athena, ids.slice(0, ENDLESS.length));
      await sleep(1000);
    }
    const states = await Promise.all(ids.map((id) => finalState(athena, stage, id)));
    const expected = [...ENDLESS.map(() => 'CANCELLED'), ...GREEDY.map(() => 'FAILED')];
    if (states.join() !== expected.join())
      throw new Error(`Expected ${expected}, the queries ended ${states}`);
    // The end of the pipeline ends these.
    for (const sql of ENDLESS) await startQuery(athena, stage, sql);
    athena.destroy();
    return { incidents: again(ROUNDS, resolved(...site.devices)) };
  },
};

async function startQuery(athena: AthenaClient, { outputs }: Stage, QueryString: string): Promise<string> {
  const { QueryExecutionId = '' } = await athena.send(
    new StartQueryExecutionCommand({ QueryString, WorkGroup: outputs.WorkGroupName }),
  );
  return QueryExecutionId;
}

async function stopAll(athena: AthenaClient, ids: readonly string[]): Promise<void> {
  for (const QueryExecutionId of ids) await athena.send(new StopQueryExecutionCommand({ QueryExecutionId }));
}

async function finalState(athena: AthenaClient, stage: Stage, QueryExecutionId: string): Promise<string> {
  let state = '';
  await stage.until('the queries have ended', async () => {
    const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId }));
    state = QueryExecution?.Status?.State ?? '';
    return state !== 'QUEUED' && state !== 'RUNNING';
  });
  return state;
}
