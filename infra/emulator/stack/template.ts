/** The synthesized CloudFormation template and its assets: all that the emulator knows of the infrastructure. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { issueIn } from '../base/issue.ts';
import { SetupError } from '../base/setup-error.ts';

const resourceSchema = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  Metadata: z.record(z.string(), z.unknown()).optional(),
  Condition: z.string().optional(),
});

const templateSchema = z.object({
  Resources: z.record(z.string(), resourceSchema),
  Outputs: z
    .record(z.string(), z.object({ Value: z.unknown(), Condition: z.string().optional() }))
    .default({}),
  Parameters: z.record(z.string(), z.object({ Default: z.unknown().optional() })).default({}),
  Mappings: z.record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown()))).default({}),
  Conditions: z.record(z.string(), z.unknown()).default({}),
});

const assetsSchema = z.object({
  files: z.record(
    z.string(),
    z.object({
      source: z.object({ path: z.string(), packaging: z.string() }),
      destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
    }),
  ),
});

export type Template = z.infer<typeof templateSchema>;

export interface CloudAssembly {
  template: Template;
  /** Absolute path of an asset's folder, by its S3 key in the template. */
  assetFolder(objectKey: string): string;
}

/** Reads one stack of a cloud assembly (`cdk.out`). @throws SetupError when it is missing or not a template */
export function loadAssembly(folder: string, stackName: string): CloudAssembly {
  const template = parseFile(join(folder, `${stackName}.template.json`), templateSchema);
  const assets = join(folder, `${stackName}.assets.json`);
  const { files } = existsSync(assets) ? parseFile(assets, assetsSchema) : { files: {} };
  const sources = new Map<string, string>();
  for (const { source, destinations } of Object.values(files)) {
    for (const { objectKey } of Object.values(destinations))
      sources.set(objectKey, resolve(folder, source.path));
  }
  return {
    template,
    assetFolder(objectKey) {
      const source = sources.get(objectKey);
      if (!source)
        throw new SetupError(`No asset ${objectKey} in ${folder}. Synthesize again: npx cdk synth`);
      return source;
    },
  };
}

function parseFile<T extends z.ZodType>(file: string, schema: T): z.infer<T> {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const problem = missing ? `No template at ${file}` : `${file} is not readable JSON`;
    throw new SetupError(`${problem}. Synthesize it with: npx cdk synth`, { cause });
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  throw new SetupError(`${file} is no CloudFormation template: ${issueIn(result.error)}`);
}
