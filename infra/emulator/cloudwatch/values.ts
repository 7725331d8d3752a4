/** Values in requests and templates. */
import { z } from 'zod';

/** Seconds since the epoch in JSON and in CBOR's tag 1, ISO 8601 in a form; ms here. */
export const time = z
  .union([z.number(), z.string(), z.object({ tag: z.literal(1), value: z.number() })])
  .transform((value) =>
    typeof value === 'string' ? Date.parse(value) : (typeof value === 'number' ? value : value.value) * 1000,
  )
  .refine(Number.isFinite, 'Expected a time');
export const dimensions = z.array(z.object({ Name: z.string(), Value: z.string() })).default([]);
