import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { synthesizeIfNeeded } from '../../infra/cli/synth.ts';
import { prove } from './prove.ts';
import { SCENARIOS } from './scenarios.ts';

const assembly = await synthesizeIfNeeded(resolve(import.meta.dirname, '../..'), () => {});

/** The quick scenarios. `npm run prove` plays all of them. */
describe('nothing is lost, and nobody is woken twice, when', { timeout: 180_000 }, () => {
  it.each(SCENARIOS.filter(({ quick }) => quick))('$name: $title', async (scenario) => {
    const { findings, figures } = await prove(scenario, assembly, 1);
    expect(findings).toEqual([]);
    expect(figures?.sent).toBeGreaterThan(0);
  });
});

it('scenarios have different names', () => {
  expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
});
