import type { Subject } from '../stack/identities.ts';
import { pathsOf } from '../stack/obeyed.ts';
import type { Service } from '../stack/service.ts';
import { type CatalogTable, parseTable, tableProperties } from './catalog.ts';

const TABLE = 'AWS::Glue::Table';

export const glue: Service<{ tables: CatalogTable[] }> = {
  name: 'glue',
  types: {
    'AWS::Glue::Database': { identity: named('DatabaseInput'), obeys: ['DatabaseInput.Name'] },
    [TABLE]: { identity: named('TableInput'), obeys: pathsOf(tableProperties) },
  },
  open: ({ resources }) => ({ tables: resources(TABLE).map(({ properties }) => parseTable(properties)) }),
};

/** `Ref` is the name, which Glue converts to lower case. */
function named(input: string) {
  return ({ stackName, logicalId, properties }: Subject) => {
    const { Name } = (properties[input] ?? {}) as { Name?: unknown };
    const name = typeof Name === 'string' ? Name : `${stackName}-${logicalId}`;
    return { ref: name.toLowerCase().replaceAll('-', '_'), attributes: {} };
  };
}
