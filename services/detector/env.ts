/** What the function is told by its environment. */
import * as z from 'zod/mini';
import type { Lake } from './history-query.ts';

const name = z.string().check(z.minLength(1));
const environmentSchema = z.object({
  STATE_TABLE_NAME: name,
  ALERT_TOPIC_ARN: name,
  ATHENA_DATABASE: name,
  READINGS_TABLE: name,
});

export interface Environment {
  stateTable: string;
  alertTopicArn: string;
  lake: Lake;
}

/** @throws Error naming every variable that is missing */
export function readEnvironment(env: Record<string, string | undefined>): Environment {
  const result = environmentSchema.safeParse(env);
  if (result.success) {
    const { STATE_TABLE_NAME, ALERT_TOPIC_ARN, ATHENA_DATABASE, READINGS_TABLE } = result.data;
    return {
      stateTable: STATE_TABLE_NAME,
      alertTopicArn: ALERT_TOPIC_ARN,
      lake: { database: ATHENA_DATABASE, readingsTable: READINGS_TABLE },
    };
  }
  const names = result.error.issues.map((issue) => issue.path.join('.'));
  throw new Error(
    `Expected the environment variables ${names.join(', ')}, which the stack sets on the function`,
  );
}
