/** Runs the CDK app in a process of its own, for the assembly of this checkout or for a single template. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stackNameOf } from '../../services/contract/stack.ts';
import { cdkContext } from './cdk-json.ts';
import { endChildWithUs, HAS_GROUPS } from './end-child.ts';
import { UserError } from './user-error.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
/** Everything that can change the template or the detector's bundle, besides the file of an environment. */
const INPUTS = ['infra/aws', 'services', 'cdk.json', 'package-lock.json'];
const ENVIRONMENTS = 'infra/environments';
const STAMP = '.inputs.sha256';

/**
 * Brings `<project>/cdk.out` up to date when it is missing or older than what it was made from; returns its path. That
 * of an environment is `cdk.out.prod`.
 * @param onStart called before a synthesis, which takes seconds
 * @throws UserError with the CDK app's own message
 */
export async function synthesizeIfNeeded(
  project: string,
  onStart: () => void,
  env?: string,
): Promise<string> {
  const folder = join(project, env === undefined ? 'cdk.out' : `cdk.out.${env}`);
  const digest = digestInputs(project, env === undefined ? INPUTS : [...INPUTS, ENVIRONMENTS]);
  if (readStamp(folder) === digest) return folder;
  onStart();
  // Written beside its place and then moved, so that another program never reads half of it. Not a temporary folder of
  // the system's kind, which only its owner may read: others may run this checkout without the right to write.
  const fresh = `${folder}.${process.pid}.new`;
  mkdirSync(fresh, { recursive: true });
  try {
    const problem = await runApp(project, fresh, env === undefined ? {} : { env });
    if (problem !== undefined) throw new UserError(`The template could not be synthesized:\n${problem}`);
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

/**
 * The template as it would be deployed with these settings. The detector is not bundled: that takes seconds.
 * @param settings as in `-c name=value`; `env` names an environment
 * @throws UserError with the CDK app's own message; a misuse if it is about one of the settings
 */
export async function synthesizeTemplate(settings: Record<string, string>): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'streamwatch-template-'));
  try {
    const problem = await runApp(PROJECT, folder, { ...settings, 'aws:cdk:bundling-stacks': [] });
    if (problem !== undefined) {
      const named = Object.keys(settings).some((name) => `\n${problem}`.includes(`\n${name}: `));
      throw named ? UserError.misuse(problem) : new UserError(problem);
    }
    return JSON.parse(readFileSync(join(folder, `${stackNameOf(settings.env)}.template.json`), 'utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readStamp(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, STAMP), 'utf8');
  } catch {
    return undefined;
  }
}

function digestInputs(project: string, inputs: readonly string[]): string {
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
  for (const input of inputs) add(input);
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

/**
 * Does what the `cdk` command does, without the second that the command itself takes to start.
 * @param folder for the assembly; removed when a signal ends us meanwhile
 * @param extra context beside that of cdk.json
 * @returns the message of the app if it failed
 */
function runApp(
  project: string,
  folder: string,
  extra: Record<string, unknown>,
): Promise<string | undefined> {
  const context = cdkContext(project);
  const child = spawn(process.execPath, ['--import', 'tsx', 'infra/aws/app.ts'], {
    cwd: project,
    env: {
      ...process.env,
      CDK_OUTDIR: folder,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, ...extra }),
      CDK_VALIDATION: 'false',
    },
    ...{ stdio: ['ignore', 'ignore', 'pipe'], detached: HAS_GROUPS },
  });
  endChildWithUs(child, () => rmSync(folder, { recursive: true, force: true }));
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(undefined);
      else resolve(missingPackage(errors) ?? (errors.trim() || `The CDK app ended with exit code ${code}`));
    });
  });
}

/** The template is made by packages for development, which an installation may have left out. */
function missingPackage(errors: string): string | undefined {
  const [, name] = /ERR_MODULE_NOT_FOUND\]: Cannot find package '([^']+)'/.exec(errors) ?? [];
  return name && `The package ${name} is not installed. Run npm ci, without --omit=dev.`;
}
