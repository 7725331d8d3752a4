/** The parameters, in one file that only its owner can read. Nothing is encrypted here but what the disk encrypts. */
import { z } from 'zod';
import { arnOf } from '../stack/identities.ts';
import { writeFileAtomicSync } from '../state/atomic-file.ts';
import { orUndone } from '../state/or-undone.ts';
import { readStateFile, stateText } from '../state/state-file.ts';
import { AwsError } from '../wire/aws-error.ts';

export const TYPES = ['String', 'StringList', 'SecureString'] as const;

const parameterSchema = z.object({
  name: z.string(),
  type: z.enum(TYPES),
  value: z.string(),
  description: z.string().optional(),
  version: z.int().min(1),
  modifiedMs: z.number(),
});
export type Parameter = z.infer<typeof parameterSchema>;
const stateSchema = z.object({ version: z.literal(1), parameters: z.array(parameterSchema) });

export interface Parameters {
  /** By name. */
  all(): Parameter[];
  get(nameOrArn: string): Parameter | undefined;
  /** @throws AwsError for one that is there already, unless it may be overwritten */
  put(given: Omit<Parameter, 'version' | 'modifiedMs'>, overwrite: boolean): Parameter;
  delete(name: string): boolean;
}

/** Parameters without a hierarchy have no slash before their name in their ARN. */
export const parameterArn = (name: string) =>
  arnOf('ssm', `parameter${name.startsWith('/') ? '' : '/'}${name}`);

/** @throws SetupError when the file of an earlier process cannot be read */
export function openParameters(file: string, now: () => number): Parameters {
  const otherwise = `${file} is damaged: the parameters in it are lost. Delete it to start without any.`;
  const kept = readStateFile(file, stateSchema, otherwise)?.parameters ?? [];
  const parameters = new Map(kept.map((one) => [one.name, one]));
  const all = () => [...parameters.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  /** With one put, or taken out. */
  const change = (name: string, next: Parameter | undefined) => {
    const old = parameters.get(name);
    const set = (one: Parameter | undefined) => (one ? parameters.set(name, one) : parameters.delete(name));
    set(next);
    orUndone(
      () => writeFileAtomicSync(file, stateText({ version: 1, parameters: all() })),
      () => set(old),
    );
  };

  return {
    all,
    get: (nameOrArn) => all().find(({ name }) => name === nameOrArn || parameterArn(name) === nameOrArn),
    put(given, overwrite) {
      const old = parameters.get(given.name);
      if (old && !overwrite) {
        throw new AwsError(
          'ParameterAlreadyExists',
          'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
        );
      }
      const parameter = { ...given, version: (old?.version ?? 0) + 1, modifiedMs: now() };
      change(given.name, parameter);
      return parameter;
    },
    delete(name) {
      const was = parameters.has(name);
      if (was) change(name, undefined);
      return was;
    },
  };
}
