/** After a deployment: the trusted table gets the columns that the contract has gained. CloudFormation has no such table. */
import { addColumnsStatement, columnsStatement, TRUSTED_TABLE } from '../../../services/contract/trusted.ts';
import type { Athena } from '../../cli/athena-client.ts';
import type { StackOutputs } from '../../cli/outputs.ts';
import { UserError } from '../../cli/user-error.ts';

export type AthenaFor = (outputs: StackOutputs) => Pick<Athena, 'run' | 'close'>;

/**
 * Nothing is done where there is no table yet: it will be made with all columns.
 * @returns names of the columns that were added
 * @throws UserError with the statement that did not succeed
 */
export async function addTrustedColumns(outputs: StackOutputs, athenaFor: AthenaFor): Promise<string[]> {
  const { MaintenanceWorkGroupName: workGroup } = outputs;
  if (workGroup === undefined) return [];
  const athena = athenaFor({ ...outputs, WorkGroupName: workGroup });
  const run = (sql: string) => athena.run(sql, [], new AbortController().signal);
  let statement = columnsStatement(outputs.DatabaseName);
  try {
    const { rows } = await run(statement);
    const { sql, names } = addColumnsStatement(rows.map(([name]) => name ?? ''));
    if (rows.length === 0 || names.length === 0) return [];
    statement = sql;
    await run(statement);
    return names;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(
      `The stack is deployed, but the columns of ${TRUSTED_TABLE} could not be brought up to date: ${why}\nUntil then its nightly MERGE fails. Repeat npm run deploy, or run in Athena: ${statement}`,
      { cause },
    );
  } finally {
    athena.close();
  }
}
