/** Outcomes that are kept in results.json, for docs/guarantees.md. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { machine } from '../support/machine.ts';
import type { Outcome } from './prove.ts';

const count = z.int().min(0);
const resultsSchema = z.object({
  seed: z.int(),
  machine: z.string(),
  outcomes: z.array(
    z.object({
      name: z.string(),
      figures: z
        .object({
          ...{ sent: count, inLake: count, repeatedRows: count, malformed: count, givenUp: count },
          ...{ expected: count, opened: count, resolved: count, mails: count, repeatedMails: count },
          slowestMailMs: z.number().optional(),
        })
        .optional(),
      notHere: z.string().optional(),
      findings: z.array(z.string()),
      seconds: z.number(),
      at: z.iso.datetime(),
    }),
  ),
});

export type ProveResults = z.infer<typeof resultsSchema>;
export type KeptOutcome = ProveResults['outcomes'][number];

const FILE = fileURLToPath(new URL('results.json', import.meta.url));

export const parseProveResults = (text: string): ProveResults => resultsSchema.parse(JSON.parse(text));

/**
 * Writes outcomes down: all of them, or those of some scenarios in the place of their former ones.
 * @param order names of all scenarios
 */
export function keepOutcomes(outcomes: readonly Outcome[], seed: number, order: readonly string[]): void {
  const at = new Date().toISOString();
  const former = existsSync(FILE) ? parseProveResults(readFileSync(FILE, 'utf8')).outcomes : [];
  const all = new Map(former.map((outcome) => [outcome.name, outcome]));
  for (const outcome of outcomes) all.set(outcome.name, keptOf(outcome, at));
  const kept = order.flatMap((name) => all.get(name) ?? []);
  writeFileSync(FILE, `${JSON.stringify({ seed, machine: machine(), outcomes: kept }, undefined, 2)}\n`);
}

/** @param at when it was played */
function keptOf({ title: _, figures, ...outcome }: Outcome, at: string): KeptOutcome {
  const { mailsInASecond: __, ...shown } = figures ?? {};
  return resultsSchema.shape.outcomes.element.parse({
    ...outcome,
    ...(figures && { figures: shown }),
    ...{ seconds: Math.round(outcome.seconds), at },
  });
}
