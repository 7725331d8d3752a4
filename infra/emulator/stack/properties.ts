/** Types of property values that several services read. */
import { z } from 'zod';

/** CloudFormation takes `"true"` for `true`. */
export const flag = z.boolean().or(z.stringbool());
