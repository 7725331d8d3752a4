/** `cdk.json` of the project, which people edit: its context may have settings. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { parseJson } from '../../services/contract/json.ts';
import { UserError } from './user-error.ts';

const schema = z.object({ context: z.record(z.string(), z.unknown()).default({}) });

/** @throws UserError for a file that is not JSON, or has another form */
export function cdkContext(project: string): Record<string, unknown> {
  const file = join(project, 'cdk.json');
  const json = parseJson(readFileSync(file, 'utf8'), schema);
  if (json) return json.context;
  throw new UserError(
    `${file}: Expected JSON with an object under "context". See what changed: git diff cdk.json`,
  );
}
