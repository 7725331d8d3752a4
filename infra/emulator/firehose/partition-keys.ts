/** Partition keys of a line: the template's own jq query, run by a real jq, as seldom as is provably enough. */
import { compileJq, type JqResult } from './jq.ts';
import { fieldsReadBy } from './jq-inputs.ts';
import { folderProblem, type PrefixTemplate } from './prefix.ts';

/** The keys (in the prefix's order), or why there are none: the message of the error entry. */
export type PartitionKeys = { values: readonly string[] } | { problem: string };

export interface PartitionKeyReader {
  /** Fields whose string values decide alone, in the order in which `ofValues` takes them; undefined: ask per line. */
  readonly fields: readonly string[] | undefined;
  /** What is known of these values already; see {@link cacheKey}. */
  known(key: string): PartitionKeys | undefined;
  /** Makes these values known. */
  learn(keys: ReadonlySet<string>): Promise<void>;
  /** Keys of whole lines, each a JSON text. */
  ofLines(lines: readonly string[]): Promise<PartitionKeys[]>;
}

/** Values are text without NUL (the caller sees to that), so the key says them unmistakably. */
export const cacheKey = (values: readonly string[]): string => values.join('\0');

/** More distinct values than this are noise, not partitions: the memory for them is given back. */
const MAX_KNOWN = 20_000;

/**
 * @throws SetupError when the query does not compile
 */
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

/** AWS' own words where it has some; it refuses keys that are null or empty. */
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
