/** The one data catalog that there is here, and what is said of any other. */
import { AwsError } from '../../wire/aws-error.ts';
import { QueryError } from '../sql/refusal.ts';

/** As the API names it; SQL has it in small letters. */
export const DATA_CATALOG = 'AwsDataCatalog';
export const CATALOG_IN_SQL = DATA_CATALOG.toLowerCase();

const isKnown = (name: string): boolean => name.toLowerCase() === CATALOG_IN_SQL;

/** @throws QueryError where a query names another one; without a name, this one is meant */
export function checkCatalogOfQuery(name: string | undefined): void {
  if (name === undefined || name === '' || isKnown(name)) return;
  throw new QueryError(
    'CATALOG_NOT_FOUND',
    `Catalog '${name}' does not exist. Here there is only ${CATALOG_IN_SQL}`,
  );
}

/** @throws AwsError where a request names another one */
export function checkCatalogOfRequest(name: string): void {
  if (isKnown(name)) return;
  throw new AwsError(
    'InvalidRequestException',
    `Data catalog ${name} was not found. Here there is only ${DATA_CATALOG}`,
  );
}
