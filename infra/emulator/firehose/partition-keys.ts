/** Partition keys of a line, by the template's jq query: a real jq runs it, only as often as is provably needed. */
import { compileJq, type JqResult } from './jq.ts';
import { fieldsReadBy } from './jq-inputs.ts';
import { folderProblem, type PrefixTemplate } from './prefix.ts';

/** The keys in the prefix's order, or the reason why there are none, which becomes the error entry's message. */
export type PartitionKeys = { values: readonly string[] } | { problem: string };

export interface PartitionKeyReader {
  /** Fields whose string values alone decide the keys; undefined where jq must see each line. */
  readonly fields: readonly string[] | undefined;
  /** The keys for these values, once learned; see {@link cacheKey}. */
  known(key: string): PartitionKeys | undefined;
  learn(keys: ReadonlySet<string>): Promise<void>;
  /** Keys of whole lines, each a JSON text. */
  ofLines(lines: readonly string[]): Promise<PartitionKeys[]>;
}

/** @param values of the fields, in their order, without NUL: so the key is unambiguous */
export const cacheKey = (values: readonly string[]): string => values.join('\0');

/** More distinct values than this are noise, not partitions, and are forgotten. */
const MAX_KNOWN = 20_000;

/** @throws SetupError when the query does not compile */
export async function createPartitionKeyReader(
  query: string,
  prefix: PrefixTemplate,
): Promise<PartitionKeyReader> {
  const jq = await compileJq(query);
  const fields = fieldsReadBy(query);
  const known = new Map<string, PartitionKeys>();
  return {
    fields,
    known: (key) => known.get(key),
    async learn(keys) {
      if (known.size + keys.size > MAX_KNOWN) known.clear();
      const unknown = [...keys].filter((key) => !known.has(key));
      const inputs = unknown.map((key) => {
        const values = key.split('\0');
        return JSON.stringify(Object.fromEntries((fields ?? []).map((field, i) => [field, values[i]])));
      });
      const results = await jq.run(inputs);
      unknown.forEach((key, i) => {
        known.set(key, keysOf(results[i], prefix));
      });
    },
    async ofLines(lines) {
      return (await jq.run(lines)).map((result) => keysOf(result, prefix));
    },
  };
}

/** AWS rejects keys that are null or empty; the words are its own where it documents them. */
function keysOf(result: JqResult | undefined, prefix: PrefixTemplate): PartitionKeys {
  if (!result || 'error' in result) return { problem: result?.error ?? 'jq gave no result' };
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
