/** Synthesizes the CDK app when the cloud assembly is missing or older than what it was made from. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from './user-error.ts';

/** Everything that can change the template or the detector's bundle. */
const INPUTS = ['infra/aws', 'services', 'cdk.json', 'package-lock.json'];
const STAMP = '.inputs.sha256';

const cdkJson = z.object({ context: z.record(z.string(), z.unknown()).default({}) });

/**
 * Brings `<project>/cdk.out` up to date and returns its path.
 * @param onStart called when there is something to do, which takes seconds
 * @throws UserError with the CDK app's own words when it refuses
 */
export async function synthesizeIfNeeded(project: string, onStart: () => void): Promise<string> {
  const folder = join(project, 'cdk.out');
  const digest = digestInputs(project);
  if (readStamp(folder) === digest) return folder;
  onStart();
  // Beside its place and then moved there: whoever else starts at the same time never reads half of it.
  const fresh = mkdtempSync(`${folder}.`);
  try {
    await synthesize(project, fresh);
    writeFileSync(join(fresh, STAMP), digest);
    rmSync(folder, { recursive: true, force: true });
    renameSync(fresh, folder);
  } catch (error) {
    if (readStamp(folder) !== digest) throw error;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return folder;
}

function readStamp(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, STAMP), 'utf8');
  } catch {
    return undefined;
  }
}

function digestInputs(project: string): string {
  const hash = createHash('sha256');
  const add = (path: string) => {
    const entries = listFolder(join(project, path));
    if (entries) for (const entry of entries) add(join(path, entry));
    else
      hash
        .update(path)
        .update('\0')
        .update(readFileSync(join(project, path)))
        .update('\0');
  };
  for (const input of INPUTS) add(input);
  return hash.digest('hex');
}

/** Sorted entries of a folder; undefined for a file. */
function listFolder(path: string): string[] | undefined {
  try {
    return readdirSync(path).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Runs the CDK app as the `cdk` command would, without the second that the command itself takes to start. */
function synthesize(project: string, folder: string): Promise<void> {
  const { context } = cdkJson.parse(JSON.parse(readFileSync(join(project, 'cdk.json'), 'utf8')));
  const child = spawn(process.execPath, ['--import', 'tsx', 'infra/aws/app.ts'], {
    cwd: project,
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
      else
        reject(
          new UserError(`The template could not be synthesized:\n${errors.trim() || `exit code ${code}`}`),
        );
    });
  });
}
