import type { z } from 'zod';

/** The first problem that a schema found, such as `Target.Arn: Invalid input`; `root` names the whole value. */
export const issueIn = ({ issues: [issue] }: z.ZodError, root = ''): string =>
  `${issue?.path.join('.') || root}: ${issue?.message}`;
