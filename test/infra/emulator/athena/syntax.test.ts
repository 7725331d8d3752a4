/** What is said of a statement that is not answered: Athena's words where Athena would refuse it too, else ours. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Grammar, loadTrinoGrammar } from '../../../support/trino-grammar.ts';
import { BAD_STATEMENTS } from './support/bad-statements.ts';
import { SAMPLES } from './support/dialect-cases.ts';
import { createHarness, type Harness, plainTable } from './support/harness.ts';
import { ATHENA_SYNTAX, HIVE_SYNTAX } from './support/syntax-cases.ts';

let harness: Harness;
let grammar: Grammar;
beforeAll(async () => {
  const columns =
    'device string, site string, temperature double, cpu double, ts timestamp, iso string, doc string';
  harness = createHarness({ tables: [plainTable('samples', columns)] });
  await harness.write('samples/all.parquet', SAMPLES);
  grammar = await loadTrinoGrammar();
});
afterAll(() => harness.close());

/** The reason of a failure, or nothing. */
async function reasonOf(sql: string): Promise<string | undefined> {
  try {
    return (await harness.query(sql)).reason;
  } catch (error) {
    return `${(error as { code: string }).code}: ${(error as Error).message}`;
  }
}

describe('what Athena takes is answered, or refused by our name', () => {
  it.each(ATHENA_SYNTAX)('%s', async (sql) => {
    expect(grammar.validate(sql)).toEqual([]);
    expect((await reasonOf(sql)) ?? 'NOT_SUPPORTED_LOCALLY').toMatch(/^NOT_SUPPORTED_LOCALLY\b/);
  });
  it.each(HIVE_SYNTAX)('%s', async (sql) => {
    expect((await reasonOf(sql)) ?? 'NOT_SUPPORTED_LOCALLY').toMatch(/^NOT_SUPPORTED_LOCALLY\b/);
  });
});

/** Words of the engine behind local Athena: of its messages and types as it writes them, and of what is ours in it. */
const ENGINE = [
  /\b(?:Binder|Catalog|Parser|Conversion|Internal|Invalid Input|Out of Range|Not implemented) Error\b/,
  /\bINT(?:8|16|32|64|128)\b|HUGEINT|_LITERAL\b|\bVARCHAR\b|\bSTRUCT\b|"NULL"|\bLINE \d|\bCandidate|\[\]|\bTRY_CAST\b/,
  /duckdb|struct_|list_|athena_|\bmacro\b|explicit (?:type )?cast|strptime|strftime|epoch|json_serialize|quantile|string_agg/i,
];

describe('no statement is told the words of the engine', () => {
  it.each(BAD_STATEMENTS)('%s', async (sql) => {
    const reason = await reasonOf(sql);
    expect(reason).toMatch(/^[A-Za-z_]+: /);
    for (const words of ENGINE) expect(reason).not.toMatch(words);
  });
});
