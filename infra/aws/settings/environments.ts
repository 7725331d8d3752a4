/** An environment: a stack of its own, whose settings are in a file of its own, which is their only source. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ENVIRONMENT_PATTERN, stackNameOf } from '../../../services/contract/stack.ts';
import { UserError } from '../../cli/user-error.ts';
import { type Config, isKnob, parseConfig, unknownKnob } from './config.ts';

/** As messages name it. */
export const ENVIRONMENTS_FOLDER = 'infra/environments';
const FOLDER = resolve(import.meta.dirname, '../../environments');
/** Key of CDK's context that names the environment: `cdk synth -c env=prod`. */
const ENVIRONMENT_KEY = 'env';

interface Deployment {
  stackName: string;
  config: Config;
}

/**
 * What the app deploys: the environment that the context names, else the stack without one.
 * @throws UserError with one line per problem
 */
export function deploymentOf(
  { [ENVIRONMENT_KEY]: name, ...context }: Record<string, unknown>,
  folder = FOLDER,
): Deployment {
  if (name === undefined) return { stackName: stackNameOf(), config: parseConfig(context) };
  const config = readEnvironment(name, folder);
  const beside = Object.keys(context).filter(isKnob);
  if (beside.length === 0) return { stackName: stackNameOf(String(name)), config };
  throw new UserError(
    `${beside.join(', ')}: environment ${name} has its settings in ${fileOf(name)} only. ` +
      'Write them there, and leave them out of -c and cdk.json',
  );
}

/**
 * Settings of an environment.
 * @throws UserError with one line per problem
 */
export function readEnvironment(name: unknown, folder = FOLDER): Config {
  if (typeof name !== 'string' || !ENVIRONMENT_PATTERN.test(name)) {
    throw new UserError(
      `env: Expected up to 20 lower-case letters, digits and hyphens, such as prod, got ${JSON.stringify(name)}`,
    );
  }
  const file = fileOf(name);
  if (!hasEnvironment(name, folder)) {
    const known = environmentsIn(folder).join(', ') || 'none';
    throw new UserError(`There is no ${file}. Environments here: ${known}. Copy one to make another.`);
  }
  const { $schema: _, ...settings } = parseFile(readFileSync(join(folder, `${name}.json`), 'utf8'), file);
  const unknown = Object.keys(settings).filter((key) => !isKnob(key));
  if (unknown.length > 0) {
    throw new UserError(
      unknown.map((key) => `${file}: ${unknownKnob(key) ?? `${key}: no such setting.`}`).join('\n'),
    );
  }
  return parseConfig(settings, () => `Set it in ${file}`);
}

/** Are the settings of this environment here? */
export const hasEnvironment = (name: string, folder = FOLDER): boolean =>
  existsSync(join(folder, `${name}.json`));

const fileOf = (name: unknown) => `${ENVIRONMENTS_FOLDER}/${name}.json`;

const environmentsIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();

function parseFile(text: string, file: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new UserError(`${file} is not JSON: ${(cause as Error).message}`, { cause });
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return { ...json };
  throw new UserError(`${file}: Expected an object of settings, such as { "shards": 2 }`);
}
