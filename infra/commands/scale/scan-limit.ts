/** What the work group of people's queries lets one of them read, from the template. */
import { z } from 'zod';
import { UserError } from '../../cli/user-error.ts';

const templateSchema = z.object({
  Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z.unknown() })),
});
const workGroupSchema = z.object({
  WorkGroupConfiguration: z.object({ BytesScannedCutoffPerQuery: z.coerce.number().positive() }),
});

/** @throws UserError where no work group has a limit */
export function scanLimitOf(template: unknown): number {
  const groups = Object.values(templateSchema.parse(template).Resources)
    .filter(({ Type }) => Type === 'AWS::Athena::WorkGroup')
    .flatMap(({ Properties }) => workGroupSchema.safeParse(Properties).data ?? []);
  const [group] = groups;
  if (group) return group.WorkGroupConfiguration.BytesScannedCutoffPerQuery;
  throw new UserError('Expected an AWS::Athena::WorkGroup with BytesScannedCutoffPerQuery in the template');
}
