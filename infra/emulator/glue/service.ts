import { LOCAL_ACCOUNT, type Subject } from '../stack/identities.ts';
import type { StackResource } from '../stack/intrinsics.ts';
import { pathsOf } from '../stack/obeyed.ts';
import type { Service } from '../stack/service.ts';
import { jsonService } from '../wire/protocols.ts';
import { ACCESS } from './access.ts';
import { type Database, glueApi, type Table } from './api.ts';
import { type CatalogTable, parseTable, tableProperties } from './catalog.ts';

const TABLE = 'AWS::Glue::Table';
const DATABASE = 'AWS::Glue::Database';

export const glue: Service<{ tables: CatalogTable[] }> = {
  name: 'glue',
  types: {
    [DATABASE]: { identity: named('DatabaseInput'), obeys: ['DatabaseInput.Name'] },
    [TABLE]: { identity: named('TableInput'), obeys: pathsOf(tableProperties) },
  },
  refusals: {
    throttle: ['ThrottlingException', 400, 'Rate exceeded'],
    unavailable: ['ServiceUnavailable', 503, 'The service is temporarily unavailable.'],
    'internal-error': ['InternalServiceException', 500, 'An internal service error occurred.'],
  },
  open({ resources, serve }) {
    const tables = resources(TABLE);
    serve(jsonService(glueApi(resources(DATABASE).map(describeDatabase), tables.map(describeTable)), ACCESS));
    return { tables: tables.map(({ properties }) => parseTable(properties)) };
  },
};

const describeDatabase = ({ ref, properties }: StackResource): Database => ({
  ...(properties.DatabaseInput as object),
  Name: ref,
  CatalogId: LOCAL_ACCOUNT,
});

/** What the template says of a table has the form of the API already. */
function describeTable({ properties }: StackResource): Table {
  const { database, name, parameters } = parseTable(properties);
  const own = { Name: name, DatabaseName: database, Parameters: parameters, CatalogId: LOCAL_ACCOUNT };
  return { ...(properties.TableInput as object), ...own };
}

/** `Ref` is the name, which Glue converts to lower case. */
function named(input: string) {
  return ({ stackName, logicalId, properties }: Subject) => {
    const { Name } = (properties[input] ?? {}) as { Name?: unknown };
    const name = typeof Name === 'string' ? Name : `${stackName}-${logicalId}`;
    return { ref: name.toLowerCase().replaceAll('-', '_'), attributes: {} };
  };
}
