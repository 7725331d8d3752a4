/** Partition keys of a line, by the template's jq query: a real jq runs it, only as often as is provably needed. */
import { compileJq, type JqResult } from './jq.ts';
import { fieldsReadBy } from './jq-inputs.ts';
import { membersOf } from './members.ts';
import { folderProblem, type PrefixTemplate } from './prefix.ts';

/** The keys in the prefix's order, or the reason why there are none, which becomes the error entry's message. */
export type PartitionKeys = { values: readonly string[] } | { problem: string };

export interface PartitionKeyReader {
  /** Fields that alone decide the keys; undefined where the query may read anything. */
  readonly fields: readonly string[] | undefined;
  /** What was read of this input earlier; see {@link jqInput}. */
  known(input: string): PartitionKeys | undefined;
  /** The keys of each input, each a JSON text. */
  read(inputs: readonly string[]): Promise<PartitionKeys[]>;
}

/** More text than this is noise, not partitions, and is forgotten. */
const MAX_KNOWN_CHARACTERS = 1_000_000;
const NO_RESULT: JqResult = { error: 'jq gave no result' };

/** @throws SetupError when the query does not compile */
export async function createPartitionKeyReader(
  query: string,
  prefix: PrefixTemplate,
): Promise<PartitionKeyReader> {
  const jq = await compileJq(query);
  const fields = fieldsReadBy(query);
  const known = new Map<string, PartitionKeys>();
  let characters = 0;

  function remember(input: string, keys: PartitionKeys): void {
    if (characters > MAX_KNOWN_CHARACTERS) {
      known.clear();
      characters = 0;
    }
    known.set(input, keys);
    characters += input.length;
  }

  return {
    fields,
    known: (input) => known.get(input),
    async read(inputs) {
      const keys = new Map(inputs.map((input) => [input, known.get(input)]));
      const fresh = [...keys].filter(([, found]) => !found).map(([input]) => input);
      const results = await jq.run(fresh);
      fresh.forEach((input, i) => {
        const found = keysOf(results[i] ?? NO_RESULT, prefix);
        keys.set(input, found);
        // Whole lines hardly ever come twice.
        if (fields) remember(input, found);
      });
      return inputs.map((input) => keys.get(input) ?? keysOf(NO_RESULT, prefix));
    },
  };
}

/**
 * What jq gets of a line: no more than the query reads, so that neither the length nor the number of lines decides what
 * they cost. For a value that is not an object the query sees the type only.
 * @param document of this line
 * @param fields that alone decide the keys, sorted
 */
export function jqInput(line: string, document: unknown, fields: readonly string[] | undefined): string {
  if (!fields) return line;
  if (Array.isArray(document)) return '[]';
  switch (typeof document) {
    case 'string':
      return '""';
    case 'number':
      return '0';
    case 'boolean':
      return 'true';
  }
  if (document === null) return 'null';
  const members = membersOf(line, fields);
  return objectOf(fields, (field) => members.get(field));
}

/** An object with those of the fields that have a value, each a JSON text. */
export function objectOf(fields: readonly string[], value: (field: string) => string | undefined): string {
  const members = fields.flatMap((field) => {
    const text = value(field);
    return text === undefined ? [] : [`${JSON.stringify(field)}:${text}`];
  });
  return `{${members.join(',')}}`;
}

/** AWS rejects keys that are null or empty; the words are its own where it documents them. */
function keysOf(result: JqResult, prefix: PrefixTemplate): PartitionKeys {
  if ('error' in result) return { problem: result.error };
  const [output, ...more] = result.outputs;
  if (more.length > 0 || typeof output !== 'object' || output === null || Array.isArray(output)) {
    return { problem: 'The partition query must give exactly one object' };
  }
  const values: string[] = [];
  for (const name of prefix.keys) {
    const value = (output as Record<string, unknown>)[name];
    if (value === undefined || value === null || value === '') {
      return { problem: 'partitionKeys values must not be null or empty' };
    }
    if (typeof value === 'object') return { problem: `Partition key ${name} is not a string or a number` };
    values.push(String(value));
  }
  const problem = folderProblem(prefix.evaluate({ arrivalMs: 0, partitionKeys: values }));
  return problem === undefined ? { values } : { problem };
}
