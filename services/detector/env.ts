/** What the function is told by its environment. */
import { z } from 'zod';

const environmentSchema = z
  .object({
    STATE_TABLE_NAME: z.string().min(1),
    ALERT_TOPIC_ARN: z.string().min(1),
    ATHENA_DATABASE: z.string().min(1),
    READINGS_TABLE: z.string().min(1),
  })
  .transform((env) => ({
    stateTable: env.STATE_TABLE_NAME,
    alertTopicArn: env.ALERT_TOPIC_ARN,
    lake: { database: env.ATHENA_DATABASE, readingsTable: env.READINGS_TABLE },
  }));

export type Environment = z.infer<typeof environmentSchema>;

/** @throws Error naming every variable that is missing */
export function readEnvironment(env: Record<string, string | undefined>): Environment {
  const result = environmentSchema.safeParse(env);
  if (result.success) return result.data;
  const names = result.error.issues.map((issue) => issue.path.join('.'));
  throw new Error(
    `Expected the environment variables ${names.join(', ')}, which the stack sets on the function`,
  );
}
