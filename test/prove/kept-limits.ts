/** How far the pipeline went, kept in limits.json for docs/guarantees.md. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { machine } from '../support/machine.ts';

const count = z.int().min(0);
const verdict = z.object({
  findings: z.array(z.string()),
  figures: z.object({ sent: count, opened: count, resolved: count, mails: count, repeatedMails: count }),
});
const run = { at: z.iso.datetime(), machine: z.string(), verdict };

const limitsSchema = z.object({
  ramp: z
    .object({
      ...run,
      ramp: z.array(
        z.object({
          ...{ target: count, reached: z.number(), medianAgeMs: z.number(), maxAgeMs: z.number() },
          sustained: z.boolean(),
        }),
      ),
    })
    .optional(),
  soak: z
    .object({
      ...run,
      ...{ seconds: z.number(), readingsPerSecond: z.number(), maxAgeMs: z.number() },
      /** Resident memory of the pipeline's process, median of each quarter. */
      quarterMb: z.array(z.number()),
    })
    .optional(),
  rough: z
    .object({
      ...run,
      ...{ seconds: z.number(), readingsPerSecond: z.number() },
      /** What was done to it, and how often. */
      troubles: z.record(z.string(), count),
      notHere: z.string().optional(),
    })
    .optional(),
});

export type Limits = z.infer<typeof limitsSchema>;
export type Limit = keyof Limits;

const FILE = fileURLToPath(new URL('limits.json', import.meta.url));

export const parseLimits = (text: string): Limits => limitsSchema.parse(JSON.parse(text));

/** In the place of the former one. @param result what the run found */
export function keepLimit(limit: Limit, result: object): void {
  const former = existsSync(FILE) ? parseLimits(readFileSync(FILE, 'utf8')) : {};
  const kept = { ...result, at: new Date().toISOString(), machine: machine() };
  const all = limitsSchema.parse({ ...former, [limit]: kept });
  writeFileSync(FILE, `${JSON.stringify(all, undefined, 2)}\n`);
}
