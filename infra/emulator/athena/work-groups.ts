/** Workgroups and saved queries, as the template defines them. */
import { z } from 'zod';
import { flag } from '../stack/properties.ts';
import { AwsError } from '../wire/aws-error.ts';

export const workGroupProperties = z.object({
  Name: z.string(),
  Description: z.string().optional(),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  WorkGroupConfiguration: z
    .object({
      EnforceWorkGroupConfiguration: flag.default(true),
      BytesScannedCutoffPerQuery: z.coerce.number().int().positive().optional(),
      ResultConfiguration: z
        .object({
          OutputLocation: z.string().optional(),
          // Only repeated in answers: nothing is encrypted here.
          EncryptionConfiguration: z.unknown().optional(),
        })
        .optional(),
    })
    .default({ EnforceWorkGroupConfiguration: true }),
});

export interface WorkGroup {
  name: string;
  description: string;
  state: 'ENABLED' | 'DISABLED';
  enforced: boolean;
  /** Maximum number of bytes that a query may scan. */
  scanLimit: number | undefined;
  /** `s3://bucket/prefix/` */
  outputLocation: string | undefined;
  encryption: unknown;
}

/** Every account has the workgroup `primary`; the template adds its own. */
export function parseWorkGroups(properties: unknown[]): WorkGroup[] {
  const own = properties.map((one): WorkGroup => {
    const {
      Name,
      Description,
      State,
      WorkGroupConfiguration: configuration,
    } = workGroupProperties.parse(one);
    return {
      name: Name,
      description: Description ?? '',
      state: State,
      enforced: configuration.EnforceWorkGroupConfiguration,
      scanLimit: configuration.BytesScannedCutoffPerQuery,
      outputLocation: configuration.ResultConfiguration?.OutputLocation,
      encryption: configuration.ResultConfiguration?.EncryptionConfiguration,
    };
  });
  const primary: WorkGroup = {
    name: 'primary',
    description: '',
    state: 'ENABLED',
    enforced: false,
    scanLimit: undefined,
    outputLocation: undefined,
    encryption: undefined,
  };
  return own.some(({ name }) => name === 'primary') ? own : [primary, ...own];
}

const ENGINE_VERSION = { SelectedEngineVersion: 'AUTO', EffectiveEngineVersion: 'Athena engine version 3' };

export function findWorkGroup(workGroups: WorkGroup[], name: string | undefined): WorkGroup {
  const found = workGroups.find((one) => one.name === (name ?? 'primary'));
  if (!found) throw new AwsError('InvalidRequestException', `WorkGroup ${name} is not found.`);
  return found;
}

/** In the form of ListWorkGroups. */
export const workGroupSummary = (group: WorkGroup) => ({
  Name: group.name,
  State: group.state,
  Description: group.description,
  EngineVersion: ENGINE_VERSION,
});

/** In the form of GetWorkGroup. */
export const workGroupDetail = (group: WorkGroup) => ({
  Name: group.name,
  State: group.state,
  Description: group.description,
  Configuration: {
    EnforceWorkGroupConfiguration: group.enforced,
    BytesScannedCutoffPerQuery: group.scanLimit,
    ResultConfiguration: { OutputLocation: group.outputLocation, EncryptionConfiguration: group.encryption },
    EngineVersion: ENGINE_VERSION,
  },
});

export const namedQueryProperties = z.object({
  Name: z.string(),
  Database: z.string(),
  QueryString: z.string(),
  Description: z.string().default(''),
  WorkGroup: z.string().default('primary'),
});

/** In the form of GetNamedQuery. */
export type NamedQuery = z.infer<typeof namedQueryProperties> & { NamedQueryId: string };

export function parseNamedQueries(queries: { id: string; properties: unknown }[]): NamedQuery[] {
  return queries.map(({ id, properties }) => ({
    ...namedQueryProperties.parse(properties),
    NamedQueryId: id,
  }));
}
