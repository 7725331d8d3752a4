/** The template as it would be deployed with these settings, without bundling the detector: that takes no part. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { STACK_NAME } from '../../../services/contract/stack.ts';

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));
const cdkJson = z.object({ context: z.record(z.string(), z.unknown()).default({}) });

/** The CDK app refused; its words are for the person at the keyboard. */
export class SynthesisError extends Error {}

/**
 * @param settings as in `-c name=value`
 * @throws SynthesisError
 */
export async function synthesizeTemplate(settings: Record<string, string>): Promise<unknown> {
  const { context } = cdkJson.parse(JSON.parse(readFileSync(join(PROJECT, 'cdk.json'), 'utf8')));
  const folder = mkdtempSync(join(tmpdir(), 'streamwatch-cost-'));
  try {
    await runApp(folder, { ...context, ...settings, 'aws:cdk:bundling-stacks': [] });
    return JSON.parse(readFileSync(join(folder, `${STACK_NAME}.template.json`), 'utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As the `cdk` command would, without the second that the command itself takes to start. */
function runApp(folder: string, context: Record<string, unknown>): Promise<void> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'infra/aws/app.ts'], {
    cwd: PROJECT,
    env: {
      ...process.env,
      CDK_OUTDIR: folder,
      CDK_CONTEXT_JSON: JSON.stringify(context),
      CDK_VALIDATION: 'false',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new SynthesisError(errors.trim() || `The CDK app ended with exit code ${code}`));
    });
  });
}
