/**
 * `INSERT INTO "table" VALUE {'name': ?, …}`, the statement of PartiQL that runs here: a write on condition that there is
 * no such item, of which one call takes 25. Pure.
 */

/** As DynamoDB has it in JSON. */
export type Attribute = Readonly<Record<string, unknown>>;

export interface Insert {
  table: string;
  item: Record<string, Attribute>;
}

/** What is wrong with a statement. */
export class BadStatement extends Error {}

const INSERT = /^\s*INSERT\s+INTO\s+(?:"([^"]+)"|([A-Za-z_]\w*))\s+VALUE\s*\{(.*)\}\s*;?\s*$/is;
/** A name, and a parameter or a value that is written out. */
const MEMBER = /\s*'((?:[^']|'')*)'\s*:\s*(\?|'(?:[^']|'')*'|-?\d+(?:\.\d+)?|true|false|null)\s*(,|$)/iy;

/** Name of the table; undefined for another statement. */
export const tableOfInsert = (statement: string): string | undefined => {
  const [, quoted, plain] = INSERT.exec(statement) ?? [];
  return quoted ?? plain;
};

/** @throws BadStatement */
export function parseInsert(statement: string, parameters: readonly Attribute[]): Insert {
  const table = tableOfInsert(statement);
  const members = INSERT.exec(statement)?.[3];
  if (table === undefined || members === undefined) {
    const expected = `INSERT INTO "table" VALUE {'name': ?, …}`;
    throw new BadStatement(
      `Local DynamoDB runs ${expected} and no other statement. Use the operations for others`,
    );
  }
  const rest = [...parameters];
  const item: Insert['item'] = {};
  MEMBER.lastIndex = 0;
  for (let at = 0; at < members.length; at = MEMBER.lastIndex) {
    const [, name = '', text = ''] = MEMBER.exec(members) ?? [];
    if (text === '')
      throw new BadStatement(`Expected 'name': ? or a value, got ${members.slice(at, at + 40)}`);
    const value = text === '?' ? rest.shift() : written(text);
    if (value === undefined) throw unequal();
    item[unquoted(name)] = value;
  }
  if (rest.length > 0) throw unequal();
  return { table, item };
}

const unequal = () => new BadStatement("Number of parameters in request and statement don't match.");
const unquoted = (text: string) => text.replaceAll("''", "'");

function written(text: string): Attribute {
  if (text.startsWith("'")) return { S: unquoted(text.slice(1, -1)) };
  const word = text.toLowerCase();
  if (word === 'null') return { NULL: true };
  return word === 'true' || word === 'false' ? { BOOL: word === 'true' } : { N: text };
}
