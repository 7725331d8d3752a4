/** The properties of a function in the template. */
import { z } from 'zod';
import { isReserved } from './reserved-keys.ts';

const variables = z
  .record(z.string(), z.coerce.string())
  .refine((all) => !Object.keys(all).some(isReserved), {
    error: ({ input }) =>
      `Lambda refuses reserved keys: ${Object.keys(input as object)
        .filter(isReserved)
        .join(', ')}`,
  });

export const functionProperties = z.object({
  Handler: z.string().regex(/^[^.].*\.[^.]+$/, 'Expected module.export, such as index.handler'),
  Runtime: z.string().startsWith('nodejs', 'Expected a Node.js runtime: no other one runs locally'),
  Role: z.string(),
  // The defaults of these two are Lambda's own.
  MemorySize: z.coerce.number().int().min(128).max(10_240).default(128),
  Timeout: z.coerce.number().int().min(1).max(900).default(3),
  Environment: z.object({ Variables: variables.default({}) }).optional(),
  EphemeralStorage: z.object({ Size: z.coerce.number().int().min(512).max(10_240) }).optional(),
  LoggingConfig: z.object({ LogGroup: z.string().optional() }).optional(),
  ReservedConcurrentExecutions: z.coerce.number().int().min(1).optional(),
});

export interface FunctionConfiguration {
  handler: string;
  runtime: string;
  roleArn: string;
  memoryMb: number;
  timeoutMs: number;
  /** Of `/tmp`, in bytes. */
  storageBytes: number;
  variables: Record<string, string>;
  logGroup?: string;
  /** Concurrent invocations; further ones wait. */
  concurrency: number;
}

/** Enough for one invocation per shard and parallel batch of a small stream; each process costs memory. */
const DEFAULT_CONCURRENCY = 16;
/** Lambda's own. */
const DEFAULT_STORAGE_MB = 512;

/** From the resolved properties of an `AWS::Lambda::Function`. */
export function parseFunction(resolved: unknown): FunctionConfiguration {
  const parsed = functionProperties.parse(resolved);
  return {
    handler: parsed.Handler,
    runtime: parsed.Runtime,
    roleArn: parsed.Role,
    memoryMb: parsed.MemorySize,
    timeoutMs: parsed.Timeout * 1000,
    storageBytes: (parsed.EphemeralStorage?.Size ?? DEFAULT_STORAGE_MB) * 2 ** 20,
    variables: parsed.Environment?.Variables ?? {},
    logGroup: parsed.LoggingConfig?.LogGroup,
    concurrency: parsed.ReservedConcurrentExecutions ?? DEFAULT_CONCURRENCY,
  };
}
