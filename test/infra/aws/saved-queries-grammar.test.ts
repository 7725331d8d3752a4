/**
 * Saved queries parse with Trino's own grammar. DuckDB, which answers them locally, also accepts SQL that Athena refuses.
 */
import { beforeAll, expect, it } from 'vitest';
import { savedQueries } from '../../../infra/aws/queries/saved-queries.ts';
import { type Grammar, loadTrinoGrammar } from '../../support/trino-grammar.ts';

let grammar: Grammar;
beforeAll(async () => {
  grammar = await loadTrinoGrammar();
});

it.each(savedQueries({ database: 'lake', readings: 'readings', alerts: 'alerts', refused: 'refused' }))(
  '$name',
  ({ sql }) => {
    expect(grammar.validate(sql)).toEqual([]);
  },
);

it('rejects what Athena would refuse', () => {
  expect(grammar.validate('SELECT a FROM t QUALIFY 1')).not.toEqual([]);
});
